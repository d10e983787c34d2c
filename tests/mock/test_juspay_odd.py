"""Requests that nobody sane sends: each is refused in Juspay's words, none breaks the mock."""

import pytest

ODD = ("", "\u00b2", "9" * 500, "%00", "-1", "null", "\U0001f4b3")
FORMS = {
    "/orders": ("order_id", "amount"),
    "/card/tokenize": ("card_number", "card_exp_month", "card_exp_year", "card_security_code"),
    "/card/add": ("customer_id", "card_number", "token"),
    "/card/delete": ("card_token", "customer_id"),
    "/customers": ("object_reference_id", "mobile_number"),
    "/session": ("order_id", "amount"),
    "/refunds": ("txn_id", "order_id", "amount"),
    "/txns": ("order_id", "payment_method_type", "card_token", "direct_wallet_token"),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("path", FORMS)
async def test_odd_fields_are_refused(mock, path, odd):
    usual = {"merchant_id": "acme", "card_number": "4242424242424242", "card_exp_month": "12"}
    for name in FORMS[path]:
        answer = await mock.juspay("POST", path, usual | {name: odd})
        assert answer.status_code in (400, 404), answer.text
        assert answer.json()["status"]


@pytest.mark.parametrize("odd", ODD)
async def test_odd_queries_are_refused_or_empty(mock, odd):
    for path in ("/cards", "/order/list", "/customers", "/v2/bins/eligibility"):
        query = {"customer_id": odd, "count": odd, "offset": odd, "auth_type": odd}
        answer = await mock.juspay("GET", path, params=query)
        assert answer.status_code in (200, 400)
    late = await mock.juspay("GET", "/order/list", params={"created.gt": odd or "never"})
    assert late.status_code == 400


async def test_json_that_nests_too_deep_is_no_object(mock):
    body, headers = b'{"a":' * 100_000, {"Content-Type": "application/json"}
    answer = await mock.juspay("POST", "/orders", content=body, headers=headers)
    assert answer.status_code == 400
