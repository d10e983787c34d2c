"""Scripted faults, where Amazon Pay has its own form of them."""

import asyncio
import json

import httpx
import pytest

from tests.mock.amazonpay.amazonpay_driver import SELLER, is_signed, signed_headers
from tests.mock.mock_server import soon

CHARGE = {"path": "/v1/payments/charge"}
STATUS = {"merchantId": SELLER, "txnIdType": "MerchantTxnId", "txnId": "PE-1"}


async def charged(seller):
    return (await seller.control("/ledger"))["charged"]


async def until(seller, status):
    async def read():
        return (await seller.status()).json()

    return await soon(read, lambda charge: charge.get("status") == status)


@pytest.mark.parametrize(("when", "paise"), [("before", 0), ("after", 49900)])
async def test_a_500_may_come_before_or_after_the_money_moved(seller, when, paise):
    await seller.script("http_status", CHARGE, status=500, when=when)
    answer = await seller.charge()
    assert (answer.status_code, answer.json()["code"]) == (500, "InternalServerError")
    assert "x-amz-signature" not in answer.headers
    assert await charged(seller) == paise
    charge = (await seller.status()).json()
    assert charge.get("code") == (None if paise else "InvalidChargeId")


async def test_an_answer_may_not_come_though_the_money_moved(seller):
    await seller.script("hang", CHARGE, seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        await seller.client.post(
            "/amazonpay/v1/payments/charge",
            content=json.dumps(seller.charge_fields()),
            headers=signed_headers("POST", CHARGE["path"], seller.charge_fields(), {}, {}),
            timeout=0.3,
        )
    assert await charged(seller) == 49900
    assert (await seller.status()).json()["status"] == "CaptureApproved"


async def test_a_connection_may_be_reset_after_the_money_moved(seller):
    await seller.script("reset", CHARGE)
    with pytest.raises(httpx.TransportError):
        await seller.charge()
    assert await charged(seller) == 49900


async def test_an_answer_may_be_cut_short(seller):
    await seller.script("truncate", CHARGE)
    with pytest.raises(httpx.RemoteProtocolError):
        await seller.charge()
    assert (await seller.charge()).json()["code"] == "DuplicateChargeId"


async def test_an_answer_may_be_a_proxys_page(seller):
    await seller.script("garbage", CHARGE)
    answer = await seller.charge()
    assert answer.text.startswith("<html>")
    assert "x-amz-signature" not in answer.headers


async def test_a_wrong_approved_amount_is_signed(seller):
    await seller.script("wrong_amount", CHARGE)
    answer = await seller.charge()
    content = answer.json()
    assert (content["requestedAmount"], content["approvedAmount"]) == ("499.00", "500.00")
    assert is_signed(answer)
    assert await charged(seller) == 49900


async def test_any_amount_of_an_answer_may_be_wrong(seller):
    await seller.script("wrong_amount", CHARGE, amount="1.00", field="requestedAmount")
    assert (await seller.charge()).json()["requestedAmount"] == "1.00"


async def test_the_amount_of_a_refund_may_be_wrong(seller):
    await seller.charge()
    await seller.script("wrong_amount", {"path": "/v1/payments/refund"}, amount="0.01")
    answer = await seller.refund()
    assert answer.json()["amount"] == "0.01"
    assert is_signed(answer)


async def test_an_unknown_status_is_signed(seller):
    await seller.charge()
    await seller.script("status", CHARGE, status="Marvellous")
    answer = await seller.status()
    assert answer.json()["status"] == "Marvellous"
    assert is_signed(answer, "GET", STATUS)


async def test_amounts_may_come_as_numbers_whose_digits_are_signed(seller):
    await seller.script("strings", CHARGE)
    answer = await seller.charge()
    assert b'"requestedAmount":499.00' in answer.content
    assert is_signed(answer)


async def test_an_answer_may_be_signed_with_another_secret(seller):
    await seller.script("forge", CHARGE)
    answer = await seller.charge()
    assert answer.json()["status"] == "CaptureApproved"
    assert len(answer.headers["x-amz-signature"]) == 64
    assert not is_signed(answer)


async def test_an_answer_may_be_unsigned(seller):
    await seller.script("unsigned", CHARGE)
    answer = await seller.charge()
    assert answer.json()["status"] == "CaptureApproved"
    assert "x-amz-signature" not in answer.headers


async def test_the_token_endpoint_may_fail_too(seller):
    await seller.script("http_status", {"path": "/auth/o2/token"}, status=503)
    answer = await seller.client.post("/amazonpay/auth/o2/token", data={})
    assert answer.status_code == 503


async def test_a_charge_may_be_approved_later(seller):
    await seller.script("approve", seconds=0.05)
    pending = (await seller.charge()).json()
    assert pending["status"] == "CapturePending"
    assert "amazonPayUrl" not in pending
    await until(seller, "CaptureApproved")


async def test_a_script_approves_whatever_the_balance(seller):
    await seller.script("approve")
    assert (await seller.charge(amount="5000.00")).json()["status"] == "CaptureApproved"


@pytest.mark.parametrize(
    ("reason", "status"),
    [("declined", "Declined"), ("expired", "Declined"), ("bank_down", "Failed")],
)
async def test_a_charge_may_be_declined_in_its_answer(seller, reason, status):
    await seller.script("decline", reason=reason)
    answer = await seller.charge()
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert await charged(seller) == 0


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("non_kyc", "NonKYCAccount"),
        ("insufficient_funds", "InsufficientFunds"),
        ("load_limit", "InsufficientLoadLimit"),
    ],
)
async def test_some_declines_are_errors_and_leave_no_charge(seller, reason, code):
    await seller.script("decline", reason=reason)
    answer = await seller.charge()
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await seller.charge()).json()["status"] == "CaptureApproved"


async def test_a_charge_may_be_pending_until_the_control_api_ends_it(seller):
    await seller.script("hold")
    pending = (await seller.charge()).json()
    assert pending["status"] == "CapturePending"
    assert "amazonPayUrl" not in pending
    await seller.control("/orders/PE-1/approve", {})
    assert (await seller.status()).json()["status"] == "CaptureApproved"


async def test_a_customer_may_be_asked_whatever_the_balance(seller):
    await seller.script("hold", page=True)
    page = await seller.payment_page(amount="1.00")
    await seller.choose(page, "pay")
    assert await charged(seller) == 100


async def test_success_may_come_after_a_failure(seller):
    await seller.script("late_success", after=0.05)
    failed = (await seller.charge()).json()
    assert failed["status"] == "Declined"
    await until(seller, "CaptureApproved")
    assert await charged(seller) == 49900


@pytest.mark.parametrize("match", [{"instrument": "WALLET"}, {"bank": "AMAZONPAY"}])
async def test_wallets_may_be_down(seller, match):
    await seller.script("outage", match)
    charges = [(await seller.charge(f"PE-{n}")).json()["status"] for n in range(2)]
    assert charges == ["Failed", "Failed"]


async def test_all_of_amazon_pay_may_be_down(seller):
    await seller.script("outage", {"gateway": "amazonpay"})
    answers = await seller.charge(), await seller.status()
    assert [answer.status_code for answer in answers] == [503, 503]
    assert await charged(seller) == 0


async def test_answers_may_be_slow(seller):
    await seller.control("/clock", {"freeze": True})
    await seller.script("latency", CHARGE, seconds=30)
    slow = asyncio.create_task(seller.charge())

    async def paise():
        return await charged(seller)

    await soon(paise, lambda paise: paise == 49900)
    assert not slow.done()
    await seller.control("/clock", {"advance": 30})
    assert (await slow).json()["status"] == "CaptureApproved"


@pytest.mark.parametrize("action", ["approve", "decline"])
async def test_the_control_api_cannot_end_an_ended_charge(seller, action):
    await seller.charge()
    answer = await seller.client.post(f"/control/orders/PE-1/{action}", json={})
    assert answer.status_code == 400


async def test_the_control_api_sets_any_status(seller, listener):
    await seller.charge()
    await listener.next()
    await seller.control("/orders/PE-1/status", {"status": "Odd", "event": "x"})
    assert (await seller.status()).json()["status"] == "Odd"
    assert "Odd" in (await listener.next())[1]["Message"]


async def test_the_control_api_has_the_real_state_of_a_charge(seller):
    await seller.script("wrong_amount", CHARGE)
    charge = (await seller.charge()).json()
    order = await seller.control("/orders/PE-1")
    assert (order["gateway"], order["amount"], order["status"]) == (
        "amazonpay",
        49900,
        "CaptureApproved",
    )
    assert order["txns"] == [{"txn_id": charge["amazonChargeId"], "status": "CaptureApproved"}]
    assert order["ledger"]["charged"] == 49900
