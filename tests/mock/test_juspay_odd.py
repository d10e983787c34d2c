"""Malformed requests: each is refused as Juspay refuses, and none breaks the mock."""

import pytest

MALFORMED = ("", "\u00b2", "9" * 500, "%00", "-1", "null", "\U0001f4b3")
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


@pytest.mark.parametrize("value", MALFORMED)
@pytest.mark.parametrize("path", FORMS)
async def test_malformed_fields_are_refused(mock, path, value):
    valid = {"merchant_id": "acme", "card_number": "4242424242424242", "card_exp_month": "12"}
    for name in FORMS[path]:
        answer = await mock.juspay("POST", path, valid | {name: value})
        assert answer.status_code in (400, 404), answer.text
        assert answer.json()["status"]


@pytest.mark.parametrize("value", MALFORMED)
async def test_malformed_queries_are_refused_or_empty(mock, value):
    for path in ("/cards", "/order/list", "/customers", "/v2/bins/eligibility"):
        query = {"customer_id": value, "count": value, "offset": value, "auth_type": value}
        answer = await mock.juspay("GET", path, params=query)
        assert answer.status_code in (200, 400)
    late = await mock.juspay("GET", "/order/list", params={"created.gt": value or "never"})
    assert late.status_code == 400


async def test_json_that_nests_too_deep_is_no_object(mock):
    body = b'{"a":' * 100_000
    headers = {"Content-Type": "application/json"}
    answer = await mock.juspay("POST", "/orders", content=body, headers=headers)
    assert answer.status_code == 400
