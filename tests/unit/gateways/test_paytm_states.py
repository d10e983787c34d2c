"""What Paytm's status call means: a verdict needs the right code, the right order, a signature."""

import httpx
import pytest
from structlog.testing import capture_logs

from payment_engine.domain.declines import DECLINES as OURS
from payment_engine.domain.gateway import FailureCause, Unknown
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.paytm.tables import DECLINE_OF, NO_VERDICT
from tests.unit.gateways.loopback import REF
from tests.unit.gateways.scripted_paytm import (
    MERCHANT_ID,
    STATUS,
    TXN,
    ScriptedPaytm,
    envelope,
    paytm_with,
    result,
)

TRANSACTION = {
    "orderId": REF,
    "mid": MERCHANT_ID,
    "txnId": TXN,
    "txnAmount": "1164.00",
    "paymentMode": "UPI",
    "bankTxnId": "632600000001",
}


@pytest.fixture
def script():
    return ScriptedPaytm()


@pytest.fixture
def paytm(make_wire, script):
    return paytm_with(make_wire, script)


async def test_a_success_names_order_merchant_and_amount(paytm, script, key):
    script.on(STATUS, "TXN_SUCCESS", "01", **TRANSACTION)

    state = await paytm.fetch_charge(key)

    assert script.body(0) == {"mid": MERCHANT_ID, "orderId": REF}
    assert (state.status, state.gateway_status) == (AttemptStatus.CAPTURED, "TXN_SUCCESS")
    assert (state.ref, state.amount, state.currency) == (REF, 116400, "INR")
    assert (state.merchant_id, state.gateway_payment_id) == (MERCHANT_ID, TXN)
    assert (state.rrn, state.decline_code) == ("632600000001", None)


@pytest.mark.parametrize("nothing", ["NA", "null"])
async def test_what_stands_for_no_bank_number_is_no_rrn(paytm, script, key, nothing):
    script.on(STATUS, "TXN_SUCCESS", "01", **{**TRANSACTION, "bankTxnId": nothing})

    assert (await paytm.fetch_charge(key)).rrn is None


async def test_a_cards_bank_number_is_no_rrn(paytm, script, key):
    script.on(STATUS, "TXN_SUCCESS", "01", **{**TRANSACTION, "paymentMode": "CC"})

    assert (await paytm.fetch_charge(key)).rrn is None


@pytest.mark.parametrize("key_of_theirs", [None, "another-key-0016"])
async def test_a_success_without_its_signature_is_unknown(paytm, script, key, key_of_theirs):
    script.on(STATUS, "TXN_SUCCESS", "01", key=key_of_theirs, **TRANSACTION)

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_a_signature_of_null_counts_as_none(paytm, script, key):
    script.answers[STATUS] = [
        envelope(result("TXN_SUCCESS", "01", **TRANSACTION), None).replace(
            b'{"head":{', b'{"head":{"signature":null,', 1
        )
    ]

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_a_signature_over_other_bytes_is_unknown(paytm, script, key):
    script.on(STATUS, "TXN_SUCCESS", "01", **TRANSACTION)
    script.answers[STATUS] = [script.answers[STATUS][0].replace(b'"txnAmount":', b'"txnAmount": ')]

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_the_previous_key_still_verifies(make_wire, script, key):
    script.on(STATUS, "TXN_SUCCESS", "01", key="previous-key-016", **TRANSACTION)
    paytm = paytm_with(make_wire, script, merchant_key_previous="previous-key-016")

    assert (await paytm.fetch_charge(key)).status is AttemptStatus.CAPTURED


@pytest.mark.parametrize("missing", ["orderId", "mid"])
async def test_a_success_without_order_or_merchant_is_unknown(paytm, script, key, missing):
    script.on(STATUS, "TXN_SUCCESS", "01", **{**TRANSACTION, missing: ""})

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_another_order_is_unknown(paytm, script, key):
    script.on(STATUS, "TXN_SUCCESS", "01", **{**TRANSACTION, "orderId": "another"})

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_another_merchant_or_amount_is_reported_as_it_is(paytm, script, key):
    script.on(STATUS, "TXN_SUCCESS", "01", **{**TRANSACTION, "mid": "OTHER", "txnAmount": "1.00"})

    state = await paytm.fetch_charge(key)

    assert (state.merchant_id, state.amount) == ("OTHER", 100)


@pytest.mark.parametrize("code", sorted(NO_VERDICT))
async def test_an_error_about_our_request_is_no_verdict_on_the_payment(paytm, script, key, code):
    script.on(STATUS, "TXN_FAILURE", code, **TRANSACTION)

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


@pytest.mark.parametrize(("code", "ours"), DECLINE_OF.items())
async def test_every_documented_decline_is_failed_with_a_code_of_ours(
    paytm, script, key, code, ours
):
    script.on(STATUS, "TXN_FAILURE", code, key=None, **TRANSACTION)

    state = await paytm.fetch_charge(key)

    assert (state.status, state.decline_code) == (AttemptStatus.FAILED, ours)
    assert (state.gateway_code, state.gateway_message) == (code, f"about {code}")
    assert ours in OURS


@pytest.mark.parametrize("code", ["196", "308", "1007", "294"])
async def test_a_failure_of_a_code_that_no_table_knows_is_failed_and_counted(
    paytm, script, key, code
):
    script.on(STATUS, "TXN_FAILURE", code, **TRANSACTION)

    state = await paytm.fetch_charge(key)

    assert (state.status, state.decline_code) == (AttemptStatus.FAILED, "other")
    assert (state.recognised, state.explained) == (True, False)
    assert state.gateway_code == code


async def test_an_unknown_status_is_pending_and_not_recognised(paytm, script, key):
    script.on(STATUS, "MYSTERY", "01", **TRANSACTION)

    state = await paytm.fetch_charge(key)

    assert (state.status, state.recognised) == (AttemptStatus.PENDING, False)
    assert (state.gateway_status, state.gateway_code) == ("MYSTERY", "01")


@pytest.mark.parametrize("code", ["402", "400", "810"])
async def test_pending_is_pending_whatever_the_code(paytm, script, key, code):
    script.on(STATUS, "PENDING", code, **TRANSACTION)

    state = await paytm.fetch_charge(key)

    assert (state.status, state.recognised) == (AttemptStatus.PENDING, True)


@pytest.mark.parametrize("amount", ["1,164", "1e3", {"value": "1"}])
async def test_an_amount_that_makes_no_sense_is_unknown(paytm, script, key, amount):
    script.on(STATUS, "TXN_SUCCESS", "01", **{**TRANSACTION, "txnAmount": amount})

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


async def test_a_refused_key_or_merchant_id_is_logged_as_an_error(paytm, script, key):
    script.on(STATUS, "TXN_FAILURE", "330", key=None)

    with capture_logs() as logged, pytest.raises(Unknown, match="330") as failure:
        await paytm.fetch_charge(key)

    assert failure.value.cause is FailureCause.UNAUTHORIZED
    assert [each["event"] for each in logged] == ["gateway_refuses_us"]


@pytest.mark.parametrize("body", [{}, [], {"resultInfo": {"resultStatus": "TXN_SUCCESS"}}])
async def test_an_answer_without_a_result_is_unknown(paytm, script, key, body):
    script.answers[STATUS] = [envelope(body)]

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)


@pytest.mark.parametrize(
    "answer", [httpx.Response(302, content=b"{}"), httpx.Response(200, json={})]
)
async def test_a_redirect_or_an_answer_without_head_and_body_is_unknown(make_wire, key, answer):
    paytm = paytm_with(make_wire, lambda _: answer)

    with pytest.raises(Unknown):
        await paytm.fetch_charge(key)
