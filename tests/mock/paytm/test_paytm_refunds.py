"""Refunds at the imitated Paytm: pending first, refused for many reasons, three webhooks."""

import asyncio

import pytest

from tests.mock.paytm.paytm_merchant import MID, code, form_signed_by_paytm, signed_by_paytm


async def test_a_refund_is_pending_and_then_done(merchant):
    answer = await merchant.refund(await merchant.paid())
    assert code(answer) == ("PENDING", "601")
    assert signed_by_paytm(merchant.answer.text)
    done = await merchant.refunded()
    assert (code(done), done["refundId"]) == (("TXN_SUCCESS", "10"), answer["refundId"])
    assert signed_by_paytm(merchant.answer.text)
    assert (await merchant.control("/ledger"))["refunded"] == 30_00
    assert (await merchant.status())["refundAmt"] == "30.00"


async def test_a_refund_sends_three_webhooks(merchant, webhooks):
    await merchant.refund(await merchant.paid())
    await webhooks.next()
    accepted, done, arn = [await webhooks.next() for _ in range(3)]
    assert signed_by_paytm(accepted.text)
    assert accepted.body["status"] == "SUCCESS"
    assert signed_by_paytm(done.text)
    assert "status" not in done.body
    assert done.body["refundDetailInfoList"][0]["rrn"] == arn.form["RRN"]
    assert form_signed_by_paytm(arn.form)
    assert arn.form["REFID"] == accepted.body["refId"] == "REF_0001"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"txnType": "PAYMENT"}, "600"),
        ({"refId": ""}, "600"),
        ({"refId": "r" * 51}, "600"),
        ({"txnId": ""}, "600"),
        ({"orderId": "ORDER_0002"}, "607"),
        ({"txnId": "20261122111212800110168000000000001"}, "627"),
        ({"refundAmount": "1.005"}, "619"),
        ({"refundAmount": "0.00"}, "619"),
        ({"refundAmount": "100.01"}, "619"),
        ({"refundAmount": "0.99"}, "635"),
        ({"mid": "SOMEBODY"}, "335"),
    ],
)
async def test_an_invalid_refund_is_refused(merchant, changes, expected):
    txn_id = await merchant.paid()
    answer = await merchant.refund(txn_id, **changes)
    assert code(answer) == ("TXN_FAILURE", expected)
    assert "refundId" not in answer
    assert code(await merchant.refund_status()) == ("TXN_FAILURE", "631")


async def test_what_was_not_paid_is_not_refunded(merchant):
    await merchant.initiate()
    txn_id = (await merchant.process("UPI_INTENT"))["deepLinkInfo"]["transId"]
    assert code(await merchant.refund(txn_id)) == ("TXN_FAILURE", "607")


async def test_no_more_is_refunded_than_was_paid(merchant):
    txn_id = await merchant.paid()
    assert code(await merchant.refund(txn_id, "60.00", refId="A"))[1] == "601"
    assert code(await merchant.refund(txn_id, "60.00", refId="B"))[1] == "619"
    assert code(await merchant.refund(txn_id, "40.00", refId="C"))[1] == "601"
    assert code(await merchant.refund(txn_id, "1.00", refId="D"))[1] == "610"
    await merchant.refunded("A")
    assert (await merchant.refunded("C"))["totalRefundAmount"] == "100.00"


async def test_a_reference_is_used_once(start_paytm):
    merchant = await start_paytm(refund_after=None)
    txn_id = await merchant.paid()
    await merchant.refund(txn_id)
    assert code(await merchant.refund(txn_id)) == ("TXN_FAILURE", "617")
    await merchant.control("/clock", {"advance": 601})
    assert code(await merchant.refund(txn_id)) == ("TXN_FAILURE", "703")
    await merchant.control("/refunds/REF_0001/succeed", {})
    assert code(await merchant.refund(txn_id)) == ("TXN_FAILURE", "629")
    assert (await merchant.control("/ledger"))["refunded"] == 30_00


async def test_a_failed_refunds_reference_stays_used(merchant):
    await merchant.script("refund_failure", seconds=0)
    txn_id = await merchant.paid()
    await merchant.refund(txn_id)
    assert code(await merchant.refunded()) == ("TXN_FAILURE", "620")
    await merchant.control("/clock", {"advance": 601})
    assert code(await merchant.refund(txn_id)) == ("TXN_FAILURE", "701")
    assert code(await merchant.refund(txn_id, refId="REF_0002")) == ("PENDING", "601")


async def test_one_refund_at_a_time_where_so_configured(start_paytm):
    merchant = await start_paytm({"one_refund_at_a_time": True}, refund_after=None)
    txn_id = await merchant.paid()
    await merchant.refund(txn_id, refId="A")
    assert code(await merchant.refund(txn_id, refId="B")) == ("TXN_FAILURE", "626")
    await merchant.control("/refunds/A/succeed", {})
    assert code(await merchant.refund(txn_id, refId="B")) == ("PENDING", "601")


async def test_a_scripted_failure_has_its_reason(merchant, webhooks):
    await merchant.script("refund_failure", {"gateway": "paytm"}, code="311")
    await merchant.refund(await merchant.paid())
    assert code(await merchant.refunded()) == ("TXN_FAILURE", "311")
    await webhooks.next()
    rejected = (await webhooks.next()).body
    assert (rejected["status"], rejected["rejectRefundReasonCode"]) == ("FAILED", "1")
    assert (await merchant.control("/ledger"))["refunded"] == 0


async def test_a_refund_may_be_refused_at_once(merchant):
    await merchant.script("refund_failure", when="before", code="620")
    txn_id = await merchant.paid()
    assert code(await merchant.refund(txn_id)) == ("TXN_FAILURE", "620")
    assert code(await merchant.refund_status()) == ("TXN_FAILURE", "631")
    assert code(await merchant.refund(txn_id)) == ("PENDING", "601")


async def test_a_refund_in_review_is_pending_with_another_code(merchant):
    await merchant.script("refund_manual_review")
    await merchant.refund(await merchant.paid())
    while code(refund := await merchant.refund_status())[1] == "601":
        await asyncio.sleep(0.01)
    assert code(refund) == ("PENDING", "628")
    await merchant.control("/refunds/REF_0001/fail", {})
    assert code(await merchant.refund_status()) == ("TXN_FAILURE", "620")


async def test_a_refund_on_hold_waits_for_the_control_api(merchant):
    await merchant.script("refund_hold")
    await merchant.refund(await merchant.paid())
    answer = await merchant.control("/refunds/REF_0001/succeed", {})
    assert answer["status"] == "TXN_SUCCESS"
    assert code(await merchant.refund_status()) == ("TXN_SUCCESS", "10")


async def test_an_automatic_refund_is_in_the_ledger(merchant):
    await merchant.paid()
    await merchant.control("/orders/ORDER_0001/auto_refund", {})
    assert (await merchant.status())["refundAmt"] == "100.00"
    ledger = await merchant.control("/ledger")
    assert (ledger["charged"], ledger["refunded"]) == (100_00, 100_00)
    assert ledger["gateways"]["paytm"]["ORDER_0001"]["charged"] == 100_00


async def test_a_success_that_came_too_late_is_refunded(merchant):
    await merchant.initiate(mid=MID)
    await merchant.process("UPI_INTENT")
    await merchant.control("/orders/ORDER_0001/auto_refund", {})
    assert code(await merchant.status()) == ("TXN_FAILURE", "810")
    ledger = await merchant.control("/ledger")
    assert (ledger["charged"], ledger["refunded"]) == (100_00, 100_00)


async def test_a_refund_may_bounce(merchant, webhooks):
    await merchant.script("refund_bounce", seconds=0, after=0)
    await merchant.refund(await merchant.paid())
    received = [await webhooks.next() for _ in range(5)]
    assert (received[-1].body["refId"], received[-1].body["status"]) == ("REF_0001", "FAILED")
    assert code(await merchant.refund_status()) == ("TXN_FAILURE", "311")
    account = (await merchant.control("/ledger"))["gateways"]["paytm"]["ORDER_0001"]
    assert (account["refunded"], account["bounced"]) == (0, {"REF_0001": 30_00})


async def test_only_what_succeeded_can_bounce(start_paytm):
    merchant = await start_paytm(refund_after=None)
    await merchant.refund(await merchant.paid())
    path = "/control/refunds/REF_0001"
    assert (await merchant.client.post(f"{path}/bounce")).status_code == 400
    await merchant.control("/refunds/REF_0001/succeed", {})
    assert (await merchant.control("/refunds/REF_0001/bounce", {}))["status"] == "TXN_FAILURE"
    assert (await merchant.client.post(f"{path}/dance")).status_code == 400
