"""Refunds at Paytm: registered is not credited, and no reference is refunded twice."""

from dataclasses import replace

import pytest

from payment_engine.domain.gateway import Refused, Unknown
from payment_engine.domain.states import RefundStatus
from payment_engine.gateways.paytm.tables import REFUND_EXISTS, REFUND_FAILED, REFUND_PENDING
from tests.unit.gateways.loopback import REF
from tests.unit.gateways.scripted_paytm import (
    MERCHANT_ID,
    REFUND,
    REFUND_STATUS,
    STATUS,
    TXN,
    ScriptedPaytm,
    paytm_with,
)

REFUND_BODY = {"orderId": REF, "refId": "rf1", "refundId": "2026R", "refundAmount": "100.00"}


@pytest.fixture
def script():
    return ScriptedPaytm()


@pytest.fixture
def paytm(make_wire, script):
    return paytm_with(make_wire, script)


@pytest.fixture
def paid(key):
    return replace(key, gateway_payment_id=TXN)


async def test_a_registered_refund_is_pending(paytm, script, paid):
    script.on(REFUND, "PENDING", "601", **REFUND_BODY)

    state = await paytm.refund("rf1", paid, 10000)

    assert script.body(0) == {
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


async def test_601_is_pending_even_beside_a_success(paytm, script, paid):
    script.on(REFUND, "TXN_SUCCESS", "601", **REFUND_BODY)

    assert (await paytm.refund("rf1", paid, 10000)).status is RefundStatus.PENDING


async def test_the_transaction_is_looked_up_where_we_do_not_know_it(paytm, script, key):
    script.on(STATUS, "TXN_SUCCESS", "01", orderId=REF, mid=MERCHANT_ID, txnId=TXN)
    script.on(REFUND, "PENDING", "601", **REFUND_BODY)

    await paytm.refund("rf1", key, 10000)

    assert script.body(1)["txnId"] == TXN


@pytest.mark.parametrize("charge_result", [("NO_RECORD_FOUND", "331"), ("PENDING", "402")])
async def test_an_order_without_a_transaction_cannot_be_refunded(paytm, script, key, charge_result):
    script.on(STATUS, *charge_result)

    with pytest.raises(Refused):
        await paytm.refund("rf1", key, 10000)


@pytest.mark.parametrize("code", sorted(REFUND_EXISTS))
async def test_a_reference_used_before_is_looked_up(paytm, script, paid, code):
    script.on(REFUND, "TXN_FAILURE", code, key=None)
    script.on(REFUND_STATUS, "TXN_SUCCESS", "10", **REFUND_BODY)

    state = await paytm.refund("rf1", paid, 10000)

    assert (state.status, state.amount) == (RefundStatus.SUCCEEDED, 10000)


async def test_a_reference_used_before_that_is_not_there_is_unknown(paytm, script, paid):
    script.on(REFUND, "TXN_FAILURE", "701", key=None)
    script.on(REFUND_STATUS, "TXN_FAILURE", "631", key=None)

    with pytest.raises(Unknown):
        await paytm.refund("rf1", paid, 10000)


@pytest.mark.parametrize("code", sorted(REFUND_FAILED))
async def test_a_refund_that_paytm_does_not_allow_is_refused(paytm, script, paid, code):
    script.on(REFUND, "TXN_FAILURE", code, key=None)

    with pytest.raises(Refused) as refused:
        await paytm.refund("rf1", paid, 10000)

    assert refused.value.code == code


@pytest.mark.parametrize("code", ["330", "335", "606", "501"])
@pytest.mark.parametrize("verb", ["refund", "fetch_refund"])
async def test_an_error_about_our_request_is_no_verdict_on_the_refund(
    paytm, script, paid, code, verb
):
    script.on(REFUND, "TXN_FAILURE", code, key=None)
    script.on(REFUND_STATUS, "TXN_FAILURE", code, key=None)
    arguments = {"refund": ["rf1", paid, 10000], "fetch_refund": ["rf1", paid]}

    with pytest.raises(Unknown, match=code):
        await getattr(paytm, verb)(*arguments[verb])


async def test_a_refund_with_the_bank_has_its_reference(paytm, script, paid):
    details = [{"payMethod": "UPI", "rrn": "632600000002"}]
    script.on(REFUND_STATUS, "TXN_SUCCESS", "10", **REFUND_BODY, refundDetailInfoList=details)

    state = await paytm.fetch_refund("rf1", paid)

    assert script.body(0) == {"mid": MERCHANT_ID, "orderId": REF, "refId": "rf1"}
    assert (state.status, state.rrn) == (RefundStatus.SUCCEEDED, "632600000002")
    assert state.gateway_code is None


@pytest.mark.parametrize("details", [None, [], ["?"], "?"])
async def test_a_refund_without_details_has_no_reference_yet(paytm, script, paid, details):
    script.on(REFUND_STATUS, "TXN_SUCCESS", "10", **REFUND_BODY, refundDetailInfoList=details)

    assert (await paytm.fetch_refund("rf1", paid)).rrn is None


@pytest.mark.parametrize(
    ("status", "code"),
    [("TXN_FAILURE", "631"), ("TXN_FAILURE", "800"), ("NO_RECORD_FOUND", "331")],
)
async def test_a_refund_that_never_arrived_is_none_so_that_it_is_sent_again(
    paytm, script, paid, status, code
):
    script.on(REFUND_STATUS, status, code, key=None)

    assert await paytm.fetch_refund("rf1", paid) is None


@pytest.mark.parametrize("code", sorted(REFUND_PENDING))
@pytest.mark.parametrize("status", ["PENDING", "TXN_FAILURE"])
async def test_a_refund_in_progress_is_pending_whatever_its_status(
    paytm, script, paid, status, code
):
    script.on(REFUND_STATUS, status, code, **REFUND_BODY)

    state = await paytm.fetch_refund("rf1", paid)

    assert (state.status, state.recognised) == (RefundStatus.PENDING, True)


async def test_a_failed_refund_has_its_code(paytm, script, paid):
    script.on(REFUND_STATUS, "TXN_FAILURE", "620", **REFUND_BODY)

    state = await paytm.fetch_refund("rf1", paid)

    assert (state.status, state.gateway_code) == (RefundStatus.FAILED, "620")


@pytest.mark.parametrize(
    ("status", "code"), [("TXN_FAILURE", "999"), ("TXN_SUCCESS", "999"), ("MYSTERY", "10")]
)
async def test_an_unknown_status_or_code_is_pending_and_not_recognised(
    paytm, script, paid, status, code
):
    script.on(REFUND_STATUS, status, code, **REFUND_BODY)

    state = await paytm.fetch_refund("rf1", paid)

    assert (state.status, state.recognised) == (RefundStatus.PENDING, False)
    assert state.gateway_code == code


@pytest.mark.parametrize("other", [{"refId": "rf2"}, {"orderId": "another"}])
async def test_another_refund_or_order_is_unknown(paytm, script, paid, other):
    script.on(REFUND_STATUS, "TXN_SUCCESS", "10", **{**REFUND_BODY, **other})

    with pytest.raises(Unknown):
        await paytm.fetch_refund("rf1", paid)
