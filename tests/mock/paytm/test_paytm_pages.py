"""The customer's pages: Paytm's checkout, those of bank and app, and the return to the shop."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from tests.mock.paytm.paytm_merchant import CALLBACK, MID, THEIA, code, form_signed_by_paytm

CHECKOUT = f"/paytm{THEIA}/showPaymentPage?mid={MID}&orderId=ORDER_0001"


def callback_of(page):
    """The URL and the fields of the form that posts itself."""
    url = re.search(r'action="([^"]*)"', page.text)[1]
    inputs = re.findall(r'name="([^"]*)" value="([^"]*)"', page.text)
    return url, {name: unescape(value) for name, value in inputs}


async def open_checkout(merchant, **form):
    fields = {"mid": MID, "orderId": "ORDER_0001", "txnToken": merchant.token}
    return await merchant.client.post(CHECKOUT, data=fields | form)


async def choose(merchant, action, **form):
    fields = {"txnToken": merchant.token, "action": action, "mode": "CREDIT_CARD"}
    return await merchant.client.post("/customer/paytm/checkout", data=fields | form)


async def bank_page(merchant, mode="CREDIT_CARD", **more):
    """Path of the page where a customer of a new order is sent."""
    await merchant.initiate()
    fields = more or {"cardInfo": "|4111111111111111|123|122035"}
    form = (await merchant.process(mode, **fields))["bankForm"]["redirectForm"]
    return urlsplit(form["actionUrl"]).path


async def test_the_checkout_offers_what_the_order_allows(merchant):
    await merchant.initiate(enablePaymentMode=[{"mode": "UPI"}])
    page = await open_checkout(merchant)
    assert "₹100.00" in page.text
    assert re.findall(r'option value="(\w+)"', page.text) == ["UPI"]
    for action in ("pay", "success", "fail", "pending", "cancel"):
        assert f'value="{action}"' in page.text


async def test_the_checkout_opens_by_a_link_too(merchant):
    await merchant.initiate()
    page = await merchant.client.get(f"{CHECKOUT}&txnToken={merchant.token}")
    assert 'value="success"' in page.text


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("success", "TXN_SUCCESS", "01"),
        ("fail", "TXN_FAILURE", "227"),
        ("pending", "PENDING", "402"),
        ("cancel", "TXN_FAILURE", "141"),
    ],
)
async def test_a_button_of_the_checkout_decides_and_leads_back(merchant, action, status, expected):
    await merchant.initiate()
    url, fields = callback_of(await choose(merchant, action))
    assert url == CALLBACK
    assert form_signed_by_paytm(fields)
    assert (fields["STATUS"], fields["RESPCODE"], fields["TXNAMOUNT"]) == (
        status,
        expected,
        "100.00",
    )
    assert code(await merchant.status()) == (status, expected)
    assert ("TXNID" in fields) == (action != "cancel")


async def test_a_pending_payment_can_still_succeed(merchant, webhooks):
    await merchant.initiate()
    await choose(merchant, "pending")
    await merchant.control("/orders/ORDER_0001/approve", {})
    assert (await webhooks.next()).form["STATUS"] == "TXN_SUCCESS"
    assert code(await merchant.status()) == ("TXN_SUCCESS", "01")


@pytest.mark.parametrize(
    ("mode", "account", "label", "expected"),
    [
        ("UPI", "asha@mockbank", "UPI request to asha@mockbank", "01"),
        ("UPI", "failure@mockbank", "UPI request to failure@mockbank", "227"),
        ("DEBIT_CARD", "4000000000009995", "VISA card ending 9995", "235"),
        ("NET_BANKING", "SBI", "Netbanking, State Bank of India", "01"),
    ],
)
async def test_the_checkout_leads_on_to_a_bank_or_app(merchant, mode, account, label, expected):
    await merchant.initiate()
    to = await choose(merchant, "pay", mode=mode, account=account)
    page = await merchant.client.get(to.headers["location"])
    assert label in page.text
    choice = {"action": "approve", "otp": "000000"}
    url, fields = callback_of(await merchant.client.post(to.headers["location"], data=choice))
    assert (url, fields["RESPCODE"]) == (CALLBACK, expected)


async def test_a_script_decides_in_place_of_the_button(merchant):
    await merchant.script("decline", {"instrument": "CARD"}, reason="bank_down")
    await merchant.initiate()
    _, fields = callback_of(await choose(merchant, "success"))
    assert fields["RESPCODE"] == "220"


@pytest.mark.parametrize("token", ["", "0" * 45])
async def test_the_checkout_needs_a_token(merchant, token):
    await merchant.initiate()
    assert "session has expired" in (await open_checkout(merchant, txnToken=token)).text
    assert "session has expired" in (await choose(merchant, "success", txnToken=token)).text


async def test_the_checkout_serves_one_attempt(merchant):
    await merchant.initiate()
    to = await choose(merchant, "pay")
    reopened = await open_checkout(merchant)
    assert reopened.headers["location"] == to.headers["location"]
    await merchant.client.post(to.headers["location"], data={"action": "decline"})
    assert "GW00460" in (await open_checkout(merchant)).text
    assert "GW00460" in (await choose(merchant, "success")).text


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"action": "approve", "otp": "000000"}, "01"),
        ({"action": "approve", "otp": "123456"}, "229"),
        ({"action": "approve"}, "229"),
        ({"action": "decline"}, "2272"),
        ({"action": "insufficient_funds"}, "235"),
        ({"action": "pending"}, "402"),
        ({"action": "dance"}, "402"),
    ],
)
async def test_the_banks_page_decides_and_leads_back(merchant, form, expected):
    path = await bank_page(merchant)
    url, fields = callback_of(await merchant.client.post(path, data=form))
    assert (url, fields["RESPCODE"], fields["PAYMENTMODE"]) == (CALLBACK, expected, "CC")
    assert form_signed_by_paytm(fields)


async def test_declining_on_a_banks_page_has_its_own_code(merchant):
    path = await bank_page(merchant, "NET_BANKING", channelCode="HDFC")
    _, fields = callback_of(await merchant.client.post(path, data={"action": "decline"}))
    assert (fields["RESPCODE"], fields["BANKNAME"]) == ("2271", "HDFC Bank")


async def test_a_page_that_was_decided_elsewhere_leads_back(merchant):
    path = await bank_page(merchant)
    await merchant.control("/orders/ORDER_0001/approve", {})
    _, fields = callback_of(await merchant.client.get(path))
    assert fields["STATUS"] == "TXN_SUCCESS"
    _, again = callback_of(await merchant.client.post(path, data={"action": "decline"}))
    assert again["STATUS"] == "TXN_SUCCESS"


@pytest.mark.parametrize(
    ("action", "expected"),
    [("approve", "01"), ("decline", "227"), ("wrong_pin", "401"), ("expired", "810")],
)
async def test_a_upi_customer_decides_in_their_app_and_stays_there(merchant, action, expected):
    await merchant.initiate()
    await merchant.process("UPI", payerAccount="asha@mockbank")
    index = await merchant.client.get("/")
    path = re.search(r'href="(/customer/paytm/\w+)"', index.text)[1]
    assert "UPI request to asha@mockbank" in (await merchant.client.get(path)).text
    done = await merchant.client.post(path, data={"action": action})
    assert "<form" not in done.text
    assert code(await merchant.status())[1] == expected


async def test_without_a_callback_url_the_browser_stays(start_paytm):
    merchant = await start_paytm()
    await merchant.initiate(callbackUrl="")
    assert "<form" not in (await choose(merchant, "success")).text


async def test_the_accounts_callback_url_is_used_for_orders_without_one(start_paytm):
    merchant = await start_paytm({"callback_url": "https://shop.example/usual"})
    await merchant.initiate(callbackUrl="")
    assert callback_of(await choose(merchant, "success"))[0] == "https://shop.example/usual"


async def test_the_page_of_an_unknown_payment_is_404(merchant):
    assert (await merchant.client.get("/customer/paytm/nothing")).status_code == 404
    assert (await merchant.client.post("/customer/paytm/nothing")).status_code == 404


async def test_the_checkout_script_is_the_merchants(merchant):
    path = "/paytm/merchantpgpui/checkoutjs/merchants"
    script = await merchant.client.get(f"{path}/{MID}.js")
    assert "CheckoutJS" in script.text
    assert (await merchant.client.get(f"{path}/SOMEBODY.js")).status_code == 404
