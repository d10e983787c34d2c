"""Sessions, Juspay's own payment page, and the pages where customers approve or decline."""

from urllib.parse import urlsplit

import pytest

from tests.mock.juspay_calls import SAVING, cards, saved

SESSION = {
    "order_id": "s1",
    "amount": "499.50",
    "customer_id": "customer-0001",
    "payment_page_client_id": "acme",
    "action": "paymentPage",
    "return_url": "https://shop.example/ret",
}
CARD = {
    "payment_method_type": "CARD",
    "card_number": "4242424242424242",
    "card_exp_month": "12",
    "card_exp_year": "2035",
    "card_security_code": "123",
}


async def session(mock, **fields):
    return await mock.juspay("POST", "/session", json=SESSION | fields)


async def page_of(mock):
    """The path of a session's payment page, after redirects."""
    web = (await session(mock)).json()["payment_links"]["web"]
    response = await mock.client.get(urlsplit(web).path, follow_redirects=True)
    assert response.status_code == 200
    assert "₹499.50" in response.text
    return response.url.path


async def test_a_session_has_links_and_the_payload_of_an_sdk(mock):
    created = (await session(mock)).json()
    payload = created["sdk_payload"]["payload"]
    assert (created["status"], created["order_id"]) == ("NEW", "s1")
    assert created["payment_links"]["expiry"] == created["order_expiry"]
    assert created["sdk_payload"]["service"] == "in.juspay.hyperpay"
    assert (payload["amount"], payload["clientId"]) == ("499.50", "acme")
    assert payload["clientAuthToken"].startswith("tkn_")


async def test_a_session_may_be_repeated_until_the_order_is_paid(mock):
    first = (await session(mock)).json()
    again = (await session(mock)).json()
    await mock.txn("s1")
    await mock.control("/orders/s1/approve", {})
    refused = await session(mock)
    assert (again["id"], again["status"]) == (first["id"], "NEW")
    assert refused.status_code == 400


async def test_a_sessions_token_reads_its_order(mock):
    created = (await session(mock)).json()
    query = {"client_auth_token": created["sdk_payload"]["payload"]["clientAuthToken"]}
    assert (await mock.juspay("GET", "/orders/s1", auth=None, params=query)).status_code == 200


@pytest.mark.parametrize(
    ("form", "approval"),
    [
        ({"payment_method_type": "UPI", "payment_method": "UPI_COLLECT", "upi_vpa": "a@b"}, {}),
        ({"payment_method_type": "UPI", "payment_method": "UPI_PAY"}, {}),
        ({"payment_method_type": "NB", "payment_method": "NB_HDFC"}, {}),
        ({"payment_method_type": "WALLET", "payment_method": "PAYTM"}, {}),
        (CARD, {"otp": "000000"}),
    ],
)
async def test_every_method_on_the_page_leads_to_a_payment(mock, form, approval):
    path = await page_of(mock)
    chosen = await mock.client.post(path, data=form)
    assert chosen.status_code == 303
    await mock.client.post(chosen.headers["location"], data={"action": "approve"} | approval)
    assert (await mock.status("s1"))["status"] == "CHARGED"


async def test_the_page_saves_a_card_only_when_ticked_and_offers_it_again(mock):
    path = await page_of(mock)
    before = (await mock.client.get(path)).text
    chosen = await mock.client.post(path, data=CARD | {"tokenize": "true"})
    form = {"action": "approve", "otp": "000000"}
    await mock.client.post(chosen.headers["location"], data=form)
    assert "checked" not in before
    assert len(await cards(mock)) == 1


async def test_a_saved_card_is_on_the_page(mock):
    card = await saved(mock, **SAVING)
    response = await mock.client.get(await page_of(mock))
    assert card["card_number"] in response.text


async def test_a_refused_attempt_is_explained_on_the_page(mock):
    path = await page_of(mock)
    form = {"payment_method_type": "UPI", "payment_method": "UPI_COLLECT", "upi_vpa": "none"}
    refused = await mock.client.post(path, data=form)
    assert refused.status_code == 400
    assert "upi_vpa" in refused.text


async def test_a_sessions_page_expires(mock):
    path = await page_of(mock)
    await mock.control("/clock", {"advance": 901})
    assert (await mock.client.get(path)).status_code == 404
    assert (await mock.client.post(path, data=CARD)).status_code == 404


async def test_the_page_of_a_paid_order_shows_its_payment(mock):
    path = await page_of(mock)
    await mock.txn("s1")
    await mock.control("/orders/s1/approve", {})
    response = await mock.client.get(path, follow_redirects=True)
    assert "Approved" in response.text


async def test_an_order_without_session_has_a_page_too(mock):
    order = (await mock.new_order()).json()
    for link in ("web", "iframe"):
        path = urlsplit(order["payment_links"][link]).path
        assert (await mock.client.get(path, follow_redirects=True)).status_code == 200


async def test_another_otp_may_be_requested(mock):
    path = f"/customer/juspay/{(await mock.card_txn())['txn_uuid']}"
    response = await mock.client.post(path, data={"action": "resend"}, follow_redirects=True)
    assert "Code sent 2 times" in response.text
    assert (await mock.status())["status"] == "PENDING_VBV"


@pytest.mark.parametrize(("action", "code"), [("expired", "U69"), ("insufficient_funds", "Z9")])
async def test_a_upi_request_ends_as_its_customer_chooses(mock, action, code):
    await mock.new_order()
    uuid = (await mock.txn()).json()["txn_uuid"]
    await mock.client.post(f"/customer/juspay/{uuid}", data={"action": action})
    assert (await mock.status())["resp_code"] == code


async def test_an_attempt_expires_by_itself_where_so_configured(start):
    mock = await start(juspay={"expire_after": 300})
    await mock.new_order()
    await mock.txn()
    await mock.control("/clock", {"advance": 301})
    assert (await mock.status())["resp_code"] == "U69"


async def test_an_approved_attempt_does_not_expire(start):
    mock = await start(juspay={"expire_after": 300})
    await mock.charged()
    await mock.control("/clock", {"advance": 301})
    assert (await mock.status())["status"] == "CHARGED"
