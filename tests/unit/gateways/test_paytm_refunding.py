"""Refunds at Paytm: raised is not credited, and a reference is never refunded twice."""

from dataclasses import replace

import pytest
from loopback import REF
from paytm_side import MERCHANT_ID, REFUND, REFUND_STATUS, STATUS, TXN, PaytmSide, paytm_with

from payment_engine.domain.gateway import Refused, Unknown
from payment_engine.domain.states import RefundStatus
from payment_engine.gateways.paytm.tables import REFUND_FAILED, REFUND_PENDING, REFUND_RAISED

TOLD = {"orderId": REF, "refId": "rf1", "refundId": "2026R", "refundAmount": "100.00"}


@pytest.fixture
def side():
    return PaytmSide()


@pytest.fixture
def paytm(make_wire, side):
    return paytm_with(make_wire, side)


@pytest.fixture
def paid(key):
    return replace(key, gateway_payment_id=TXN)


async def test_a_refund_is_raised_which_is_pending_rfd_2(paytm, side, paid):
    side.on(REFUND, "PENDING", "601", **TOLD)

    state = await paytm.refund("rf1", paid, 10000)

    assert side.body(0) == {
        "mid": MERCHANT_ID,
        "txnType": "REFUND",
        "orderId": REF,
        "txnId": TXN,
        "refId": "rf1",
        "refundAmount": "100.00",
    }
    assert (state.ref, state.charge_ref, state.amount) == ("rf1", REF, 10000)
    assert (state.status, state.gateway_refund_id) == (RefundStatus.PENDING, "2026R")
    assert state.recognised


async def test_601_is_pending_even_beside_a_success_mod_10(paytm, side, paid):
    side.on(REFUND, "TXN_SUCCESS", "601", **TOLD)

    assert (await paytm.refund("rf1", paid, 10000)).status is RefundStatus.PENDING


async def test_the_transaction_is_looked_up_where_we_do_not_know_it(paytm, side, key):
    side.on(STATUS, "TXN_SUCCESS", "01", orderId=REF, mid=MERCHANT_ID, txnId=TXN)
    side.on(REFUND, "PENDING", "601", **TOLD)

    await paytm.refund("rf1", key, 10000)

    assert side.body(1)["txnId"] == TXN


@pytest.mark.parametrize("told", [("NO_RECORD_FOUND", "331"), ("PENDING", "402")])
async def test_what_has_no_transaction_cannot_be_refunded(paytm, side, key, told):
    side.on(STATUS, *told)

    with pytest.raises(Refused):
        await paytm.refund("rf1", key, 10000)


@pytest.mark.parametrize("code", sorted(REFUND_RAISED))
async def test_a_reference_used_before_is_looked_up_rfd_1(paytm, side, paid, code):
    side.on(REFUND, "TXN_FAILURE", code, key=None)
    side.on(REFUND_STATUS, "TXN_SUCCESS", "10", **TOLD)

    state = await paytm.refund("rf1", paid, 10000)

    assert (state.status, state.amount) == (RefundStatus.SUCCEEDED, 10000)


async def test_a_reference_used_before_that_is_not_there_is_unknown(paytm, side, paid):
    side.on(REFUND, "TXN_FAILURE", "701", key=None)
    side.on(REFUND_STATUS, "TXN_FAILURE", "631", key=None)

    with pytest.raises(Unknown):
        await paytm.refund("rf1", paid, 10000)


@pytest.mark.parametrize("code", sorted(REFUND_FAILED))
async def test_a_refund_that_may_not_be_is_refused(paytm, side, paid, code):
    side.on(REFUND, "TXN_FAILURE", code, key=None)

    with pytest.raises(Refused) as refused:
        await paytm.refund("rf1", paid, 10000)

    assert refused.value.code == code


@pytest.mark.parametrize("code", ["330", "335", "606", "501"])
@pytest.mark.parametrize("verb", ["refund", "fetch_refund"])
async def test_trouble_with_the_question_is_no_verdict_on_the_refund(paytm, side, paid, code, verb):
    side.on(REFUND, "TXN_FAILURE", code, key=None)
    side.on(REFUND_STATUS, "TXN_FAILURE", code, key=None)
    asked = {"refund": ["rf1", paid, 10000], "fetch_refund": ["rf1", paid]}

    with pytest.raises(Unknown, match=code):
        await getattr(paytm, verb)(*asked[verb])


async def test_a_refund_with_the_bank_names_its_reference_rfd_4(paytm, side, paid):
    details = [{"payMethod": "UPI", "rrn": "632600000002"}]
    side.on(REFUND_STATUS, "TXN_SUCCESS", "10", **TOLD, refundDetailInfoList=details)

    state = await paytm.fetch_refund("rf1", paid)

    assert side.body(0) == {"mid": MERCHANT_ID, "orderId": REF, "refId": "rf1"}
    assert (state.status, state.rrn) == (RefundStatus.SUCCEEDED, "632600000002")
    assert state.gateway_code is None


@pytest.mark.parametrize("details", [None, [], ["?"], "?"])
async def test_a_refund_without_details_has_no_reference_yet(paytm, side, paid, details):
    side.on(REFUND_STATUS, "TXN_SUCCESS", "10", **TOLD, refundDetailInfoList=details)

    assert (await paytm.fetch_refund("rf1", paid)).rrn is None


@pytest.mark.parametrize(
    ("word", "code"),
    [("TXN_FAILURE", "631"), ("TXN_FAILURE", "800"), ("NO_RECORD_FOUND", "331")],
)
async def test_one_that_never_arrived_is_none_so_that_it_is_sent_again(
    paytm, side, paid, word, code
):
    side.on(REFUND_STATUS, word, code, key=None)

    assert await paytm.fetch_refund("rf1", paid) is None


@pytest.mark.parametrize("code", sorted(REFUND_PENDING))
@pytest.mark.parametrize("word", ["PENDING", "TXN_FAILURE"])
async def test_one_under_way_is_pending_whatever_stands_beside_its_code(
    paytm, side, paid, word, code
):
    side.on(REFUND_STATUS, word, code, **TOLD)

    state = await paytm.fetch_refund("rf1", paid)

    assert (state.status, state.recognised) == (RefundStatus.PENDING, True)


async def test_one_that_failed_says_why(paytm, side, paid):
    side.on(REFUND_STATUS, "TXN_FAILURE", "620", **TOLD)

    state = await paytm.fetch_refund("rf1", paid)

    assert (state.status, state.gateway_code) == (RefundStatus.FAILED, "620")


@pytest.mark.parametrize(
    ("word", "code"), [("TXN_FAILURE", "999"), ("TXN_SUCCESS", "999"), ("MYSTERY", "10")]
)
async def test_what_no_table_knows_is_pending_and_counted_mod_11(paytm, side, paid, word, code):
    side.on(REFUND_STATUS, word, code, **TOLD)

    state = await paytm.fetch_refund("rf1", paid)

    assert (state.status, state.recognised) == (RefundStatus.PENDING, False)
    assert state.gateway_code == code


@pytest.mark.parametrize("other", [{"refId": "rf2"}, {"orderId": "another"}])
async def test_another_refund_or_order_is_unknown(paytm, side, paid, other):
    side.on(REFUND_STATUS, "TXN_SUCCESS", "10", **{**TOLD, **other})

    with pytest.raises(Unknown):
        await paytm.fetch_refund("rf1", paid)
