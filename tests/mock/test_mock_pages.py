"""The customer's side: pages that work by plain forms, and the signed way back to the shop."""

from urllib.parse import parse_qs, urlsplit

import pytest

from payment_engine.mock.juspay.signing import sign_return, signed_return_url
from payment_engine.mock.money import grouped

KEY = "unit-test-response-key"
CHARGED = {"order_id": "ord_1001", "status": "CHARGED", "status_id": "21"}


@pytest.mark.parametrize(
    ("params", "key", "signature"),
    [
        (
            {
                "order_id": "order_1727694028",
                "status": "AUTHORIZATION_FAILED",
                "status_id": "27",
                "myQP": "aGVsbG9Xb3JsZA==",
            },
            "92206A0A4A75499C9B11206C2B3B9A53",
            "8Esx2nrz3KE059rdsTkffYKu6AXXk07KzBo3KOexl3I=",
        ),
        (CHARGED, KEY, "UiqBlmYHcpQAhcExRB+7URtGi+eZVTvVcf90jVQJim4="),
        (
            {
                "order_id": "ord-1002",
                "status": "AUTHENTICATION_FAILED",
                "status_id": "26",
                "cart": "a b+c/d=e~f*g",
            },
            KEY,
            "2OupL0f5JaFuI3SamuryQrtUM6MAjC15c0V6bbS/2xE=",
        ),
    ],
)
def test_the_signature_is_juspays(params, key, signature):
    assert sign_return(params, key) == signature


def test_the_way_back_carries_the_signature_percent_encoded():
    url = signed_return_url("https://shop.example/ret", CHARGED, KEY)
    assert "signature=UiqBlmYHcpQAhcExRB%2B7URtGi%2BeZVTvVcf90jVQJim4%3D&" in url
    assert url.endswith("signature_algorithm=HMAC-SHA256")


def test_the_signature_may_be_encoded_twice():
    url = signed_return_url("https://shop.example/ret", CHARGED, KEY, double_encoded=True)
    assert "Jim4%253D&" in url


def test_without_a_key_nothing_is_signed():
    assert "signature" not in signed_return_url("https://shop.example/ret", CHARGED, "")


def test_a_query_of_the_shop_is_kept_and_signed():
    url = signed_return_url("https://shop.example/ret?cart=c1", CHARGED, KEY)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["cart"] == "c1"
    assert query["signature"] == sign_return({"cart": "c1", **CHARGED}, KEY)


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (5, "₹0.05"),
        (99999, "₹999.99"),
        (116400, "₹1,164.00"),
        (11640000, "₹1,16,400.00"),
        (123456789012, "₹1,23,45,67,890.12"),
    ],
)
def test_amounts_are_grouped_in_lakhs_and_crores(paise, text):
    assert grouped(paise) == text


async def test_the_index_lists_what_waits_and_leads_to_it(mock):
    await mock.new_order(amount="116400", description="Order <PO24068>")
    uuid = (await mock.txn()).json()["txn_uuid"]
    page = (await mock.client.get("/")).text
    assert f'href="/customer/juspay/{uuid}"' in page
    assert "₹1,16,400.00" in page
    assert "Order &lt;PO24068&gt;" in page


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "approve", "otp": "000000"}, "CHARGED"),
        ({"action": "approve", "otp": "123456"}, "AUTHENTICATION_FAILED"),
        ({"action": "approve"}, "AUTHENTICATION_FAILED"),
        ({"action": "decline"}, "AUTHENTICATION_FAILED"),
    ],
)
async def test_a_card_page_ends_at_the_shop_with_signed_parameters(mock, form, status):
    uuid = (await mock.card_txn())["txn_uuid"]
    answer = await mock.client.post(f"/customer/juspay/{uuid}", data=form)
    query = {n: v[0] for n, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    signature = query.pop("signature")
    assert query.pop("signature_algorithm") == "HMAC-SHA256"
    assert answer.status_code == 303
    assert query["status"] == status
    assert signature == sign_return(query, KEY)


async def test_a_card_made_to_be_declined_fails_even_with_the_right_otp(mock):
    uuid = (await mock.card_txn("4000000000000002"))["txn_uuid"]
    form = {"action": "approve", "otp": "000000"}
    answer = await mock.client.post(f"/customer/juspay/{uuid}", data=form)
    assert "status=AUTHORIZATION_FAILED&status_id=27" in answer.headers["location"]


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("approve", "Approved"),
        ("decline", "Transaction declined by customer"),
        ("wrong_pin", "Invalid UPI PIN"),
    ],
)
async def test_a_upi_page_ends_at_a_page_of_its_own(mock, action, text):
    await mock.new_order()
    uuid = (await mock.txn()).json()["txn_uuid"]
    path = f"/customer/juspay/{uuid}"
    answer = await mock.client.post(path, data={"action": action}, follow_redirects=True)
    assert answer.url.path == path
    assert text in answer.text


async def test_a_second_answer_of_the_customer_changes_nothing(mock):
    await mock.new_order()
    uuid = (await mock.txn()).json()["txn_uuid"]
    for action in ("approve", "decline", "approve"):
        await mock.client.post(f"/customer/juspay/{uuid}", data={"action": action})
    truth = await mock.control("/orders/pe0001a")
    assert (truth["status"], truth["ledger"]["charged"]) == ("CHARGED", 49950)


async def test_an_unknown_payment_has_a_page_too(mock):
    answer = await mock.client.get("/customer/juspay/eul0")
    assert answer.status_code == 404
    assert "No such payment" in answer.text


async def test_what_others_wrote_is_escaped(mock):
    query = {"order_id": "<script>alert(1)</script>"}
    answer = await mock.client.get("/shop/return", params=query)
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
