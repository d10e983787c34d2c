"""What Paytm says about a charge: a verdict needs the right code, the right order, a signature."""

import pytest
from loopback import REF
from paytm_side import MERCHANT_ID, STATUS, TXN, PaytmSide, envelope, paytm_with
from structlog.testing import capture_logs

from payment_engine.domain.declines import DECLINES as OURS
from payment_engine.domain.gateway import Unknown
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.paytm.tables import DECLINES

TOLD = {
    "orderId": REF,
    "mid": MERCHANT_ID,
    "txnId": TXN,
    "txnAmount": "1164.00",
    "paymentMode": "UPI",
    "bankTxnId": "632600000001",
}


@pytest.fixture
def side():
    return PaytmSide()


@pytest.fixture
def paytm(make_wire, side):
    return paytm_with(make_wire, side)


async def test_a_success_tells_whose_and_how_much(paytm, side, key):
    side.on(STATUS, "TXN_SUCCESS", "01", **TOLD)

    state = await paytm.fetch_charge(key)

    assert side.body(0) == {"mid": MERCHANT_ID, "orderId": REF}
    assert (state.status, state.gateway_status) == (AttemptStatus.CAPTURED, "TXN_SUCCESS")
    assert (state.ref, state.amount, state.currency) == (REF, 116400, "INR")
    assert (state.merchant_id, state.gateway_payment_id) == (MERCHANT_ID, TXN)
    assert (state.rrn, state.decline_code) == ("632600000001", None)


async def test_a_cards_bank_number_is_no_rrn(paytm, side, key):
    side.on(STATUS, "TXN_SUCCESS", "01", **{**TOLD, "paymentMode": "CC"})

    assert (await paytm.fetch_charge(key)).rrn is None


@pytest.mark.parametrize("key_of_theirs", [None, "another-key-0016"])
async def test_a_success_without_its_signature_is_unknown(paytm, side, key, key_of_theirs):
    side.on(STATUS, "TXN_SUCCESS", "01", key=key_of_theirs, **TOLD)

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_a_signature_over_other_bytes_than_came_is_unknown(paytm, side, key):
    side.on(STATUS, "TXN_SUCCESS", "01", **TOLD)
    side.answers[STATUS] = [side.answers[STATUS][0].replace(b'"txnAmount":', b'"txnAmount": ')]

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_the_previous_key_still_verifies_whk_6(make_wire, side, key):
    side.on(STATUS, "TXN_SUCCESS", "01", key="previous-key-016", **TOLD)
    paytm = paytm_with(make_wire, side, merchant_key_previous="previous-key-016")

    assert (await paytm.fetch_charge(key)).status is AttemptStatus.CAPTURED


@pytest.mark.parametrize("missing", ["orderId", "mid"])
async def test_a_success_that_does_not_say_whose_is_unknown_mod_5(paytm, side, key, missing):
    side.on(STATUS, "TXN_SUCCESS", "01", **{**TOLD, missing: ""})

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_another_order_is_unknown_mod_5(paytm, side, key):
    side.on(STATUS, "TXN_SUCCESS", "01", **{**TOLD, "orderId": "another"})

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_another_merchant_or_amount_is_told_as_it_came_mod_5(paytm, side, key):
    side.on(STATUS, "TXN_SUCCESS", "01", **{**TOLD, "mid": "OTHER", "txnAmount": "1.00"})

    state = await paytm.fetch_charge(key)

    assert (state.merchant_id, state.amount) == ("OTHER", 100)


@pytest.mark.parametrize("code", ["330", "334", "335", "501", "400", "402"])
async def test_a_failure_of_the_question_is_no_verdict_on_the_payment_mod_10(
    paytm, side, key, code
):
    side.on(STATUS, "TXN_FAILURE", code, **TOLD)

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


@pytest.mark.parametrize(
    ("code", "ours"), [(code, ours) for ours, codes in DECLINES.items() for code in codes]
)
async def test_every_documented_decline_is_failed_with_a_code_of_ours_crd_4(
    paytm, side, key, code, ours
):
    side.on(STATUS, "TXN_FAILURE", code, key=None, **TOLD)

    state = await paytm.fetch_charge(key)

    assert (state.status, state.decline_code) == (AttemptStatus.FAILED, ours)
    assert (state.gateway_code, state.gateway_message) == (code, f"about {code}")
    assert ours in OURS


@pytest.mark.parametrize(
    ("word", "code"), [("TXN_FAILURE", "294"), ("TXN_FAILURE", "2023"), ("MYSTERY", "01")]
)
async def test_what_no_table_knows_is_pending_and_counted_mod_11(paytm, side, key, word, code):
    side.on(STATUS, word, code, **TOLD)

    state = await paytm.fetch_charge(key)

    assert (state.status, state.recognised) == (AttemptStatus.PENDING, False)
    assert (state.gateway_status, state.gateway_code) == (word, code)


@pytest.mark.parametrize("code", ["402", "400", "810"])
async def test_pending_is_pending_whatever_the_code_mod_10(paytm, side, key, code):
    side.on(STATUS, "PENDING", code, **TOLD)

    state = await paytm.fetch_charge(key)

    assert (state.status, state.recognised) == (AttemptStatus.PENDING, True)


@pytest.mark.parametrize("amount", ["1,164", "1e3", {"value": "1"}])
async def test_an_amount_that_is_none_is_unknown(paytm, side, key, amount):
    side.on(STATUS, "TXN_SUCCESS", "01", **{**TOLD, "txnAmount": amount})

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_a_key_or_merchant_of_ours_that_paytm_refuses_is_shouted_about(paytm, side, key):
    side.on(STATUS, "TXN_FAILURE", "330", key=None)

    with capture_logs() as logged, pytest.raises(Unknown, match="330"):
        await paytm.fetch_charge(key)

    assert [each["event"] for each in logged] == ["gateway_refuses_our_setup"]


@pytest.mark.parametrize("body", [{}, [], {"resultInfo": {"resultStatus": "TXN_SUCCESS"}}])
async def test_an_answer_without_a_result_is_unknown(paytm, side, key, body):
    side.answers[STATUS] = [envelope(body)]

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)
