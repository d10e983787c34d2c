"""Refunds: in parts up to the charge, Pending first, then Approved or Declined."""

import pytest

from tests.mock.amazonpay.amazonpay_driver import is_signed
from tests.mock.mock_server import soon


async def refund_status(seller, txn_id="RF-1", kind="MerchantTxnId", path="refund"):
    return (await seller.status(txn_id, kind, path)).json()


async def until(seller, status, txn_id="RF-1"):
    async def read():
        return await refund_status(seller, txn_id)

    return await soon(read, lambda refund: refund["status"] == status)


async def test_a_refund_is_pending_first_then_approved(seller):
    charge = (await seller.charge()).json()
    answer = await seller.refund()
    pending = answer.json()
    done = await until(seller, "Approved")
    assert is_signed(answer)
    assert (pending["status"], pending["amount"]) == ("Pending", "100.00")
    assert (pending["refundedFee"], pending["currencyCode"]) == ("0.00", "INR")
    assert pending["amazonRefundId"].startswith(charge["amazonChargeId"] + "-R")
    assert done["amazonRefundId"] == pending["amazonRefundId"]
    assert (await seller.control("/ledger"))["refunded"] == 10000
    balance = (await seller.balance()).json()["amazonPayBalance"]
    assert balance["totalBalance"] == "601.00"


async def test_a_charge_is_refunded_in_parts_up_to_its_amount(seller):
    await seller.charge()
    answers = [await seller.refund(f"RF-{n}", amount) for n, amount in enumerate(("400", "99"))]
    over = await seller.refund("RF-9", "0.01")
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (over.status_code, over.json()["code"]) == (400, "ExcessRefundAmount")


async def test_a_refund_names_its_charge_by_either_id(seller):
    charge = (await seller.charge()).json()
    answer = await seller.refund(chargeIdType="AmazonTxnId", chargeId=charge["amazonChargeId"])
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["refund", "charge"])
async def test_a_refund_is_found_by_either_id_on_both_paths(seller, path):
    await seller.charge()
    refund = (await seller.refund()).json()
    await until(seller, "Approved")
    by_amazon = await refund_status(seller, refund["amazonRefundId"], "AmazonTxnId", path)
    by_seller = await refund_status(seller, path=path)
    assert by_amazon == by_seller
    assert by_seller["refundId"] == "RF-1"


async def test_a_charge_and_its_refund_may_share_an_id(seller):
    await seller.charge()
    await seller.refund("PE-1")
    assert (await seller.status("PE-1")).json()["chargeId"] == "PE-1"
    assert (await refund_status(seller, "PE-1"))["refundId"] == "PE-1"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"refund_id": "R F"}, "InvalidArguments"),
        ({"refund_id": "x" * 33}, "InvalidArguments"),
        ({"amount": "0.00"}, "InvalidArguments"),
        ({"currencyCode": "EUR"}, "InvalidArguments"),
        ({"chargeIdType": "Other"}, "InvalidArguments"),
        ({"softDescriptor": "x" * 201}, "InvalidArguments"),
        ({"chargeId": "PE-2"}, "InvalidChargeId"),
        ({"amount": "499.01"}, "ExcessRefundAmount"),
    ],
)
async def test_an_invalid_refund_is_refused(seller, fields, code):
    await seller.charge()
    answer = await seller.refund(**fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_refund_id_is_used_once(seller):
    await seller.charge()
    await seller.refund()
    answer = await seller.refund(amount="1.00")
    assert (answer.status_code, answer.json()["code"]) == (400, "DuplicateRefundId")


async def test_a_charge_that_was_not_paid_is_not_refunded(seller):
    await seller.payment_page()
    answer = await seller.refund()
    assert (answer.status_code, answer.json()["code"]) == (400, "ChargeNotApproved")


async def test_a_declined_refund_moves_nothing_and_may_be_repeated(seller):
    await seller.charge()
    await seller.script("refund_failure")
    await seller.refund(amount="499.00")
    await until(seller, "Declined")
    assert (await seller.control("/ledger"))["refunded"] == 0
    assert (await seller.refund("RF-2", "499.00")).status_code == 200


@pytest.mark.parametrize("kind", ["refund_hold", "refund_manual_review"])
@pytest.mark.parametrize(("action", "status"), [("succeed", "Approved"), ("fail", "Declined")])
async def test_a_refund_on_hold_ends_by_the_control_api(seller, kind, action, status):
    await seller.charge()
    await seller.script(kind)
    await seller.refund()
    pending = await refund_status(seller)
    await seller.control(f"/refunds/RF-1/{action}", {})
    assert (pending["status"], (await refund_status(seller))["status"]) == ("Pending", status)


async def test_an_approved_refund_may_bounce(seller, listener):
    await seller.charge()
    await seller.script("refund_bounce", seconds=0, after=60)
    await seller.refund()
    await until(seller, "Approved")
    await seller.control("/clock", {"advance": 60})
    assert (await refund_status(seller))["status"] == "Declined"
    ledger = await seller.control("/ledger")
    assert (ledger["refunded"], ledger["charged"]) == (0, 49900)


async def test_the_control_bounces_a_refund_after_its_success_only(seller):
    await seller.charge()
    await seller.script("refund_hold")
    await seller.refund()
    pending = await seller.control("/refunds/RF-1/bounce", {})
    await seller.control("/refunds/RF-1/succeed", {})
    bounced = await seller.control("/refunds/RF-1/bounce", {})
    assert (pending["status"], bounced["status"]) == ("Pending", "Declined")
