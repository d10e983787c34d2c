"""Creating and reading orders, in every dialect that Juspay's clients speak."""

from base64 import b64encode

import pytest

from payment_engine.mock.app import create_app
from payment_engine.mock.config import MockConfig
from payment_engine.mock.juspay.config import JuspayConfig


async def test_a_new_order_is_new_with_unpadded_amounts_and_payment_links(mock):
    answer = await mock.new_order(udf1="")
    order = answer.json()
    assert answer.status_code == 200
    assert (order["status"], order["status_id"]) == ("NEW", 10)
    assert b'"amount":499.5,' in answer.content
    assert order["udf1"] == ""
    assert order["merchant_id"] == "acme"
    assert set(order["payment_links"]) == {"web", "mobile", "iframe"}
    assert "juspay" not in order


async def test_the_legacy_path_says_created_and_is_an_upsert(mock):
    form = {"order_id": "ord_1", "amount": "100.00"}
    created = (await mock.juspay("POST", "/order/create", form)).json()
    assert (created["status"], created["status_id"]) == ("CREATED", 1)
    again = (await mock.juspay("POST", "/order/create", form | {"amount": "90.5"})).json()
    assert (again["status"], again["status_id"]) == ("CREATED", 1)
    status = (await mock.juspay("GET", "/order/status?order_id=ord_1")).json()
    assert status["amount"] == 90.5


async def test_the_legacy_path_says_what_became_of_an_order_that_was_tried(mock):
    await mock.new_order()
    await mock.txn()
    form = {"order_id": "pe0001a", "amount": "499.50"}
    again = (await mock.juspay("POST", "/order/create", form)).json()
    assert again["status"] == "PENDING_VBV"


@pytest.mark.parametrize(
    ("sent", "printed"), [("1", b"1"), ("600.00", b"600"), ("109.55", b"109.55"), ("0.1", b"0.1")]
)
async def test_amounts_are_exact(mock, sent, printed):
    answer = await mock.new_order(amount=sent)
    assert b'"amount":' + printed + b"," in answer.content


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"amount": "100.1532"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"order_id": "x" * 21}, "order_id"),
        ({"order_id": "no spaces"}, "order_id"),
    ],
)
async def test_a_bad_field_is_named_in_the_newer_envelope(mock, fields, named):
    answer = await mock.new_order(**fields)
    error = answer.json()
    assert answer.status_code == 400
    assert error["error_info"]["fields"][0]["field_name"] == named
    assert error["error_code"]
    assert error["error_message"]


async def test_json_bodies_may_nest_or_dot_their_keys(mock):
    nested = {"order_id": "j1", "amount": 100.15, "options": {"get_client_auth_token": True}}
    dotted = {"order_id": "j2", "amount": "7", "options.get_client_auth_token": "true"}
    answers = [await mock.juspay("POST", "/orders", json=body) for body in (nested, dotted)]
    assert [answer.json()["amount"] for answer in answers] == [100.15, 7]
    assert all(answer.json()["juspay"]["client_auth_token"][:4] == "tkn_" for answer in answers)


async def test_a_body_that_is_no_json_object_is_refused(mock):
    headers = {"Content-Type": "application/json"}
    answer = await mock.juspay("POST", "/orders", content=b"[1", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error_info"]["code"] == "INVALID_INPUT"


async def test_order_ids_ignore_case_and_slashes_at_the_end(mock):
    await mock.new_order("Pe0001A")
    answer = await mock.juspay("GET", "/orders/pE0001a/")
    assert answer.json()["order_id"] == "Pe0001A"


async def test_a_known_order_id_is_a_duplicate_request(mock):
    await mock.new_order()
    again = await mock.new_order()
    assert again.status_code == 400
    assert again.json()["error_info"]["code"] == "DUPLICATE_REQUEST"


async def test_an_unknown_order_is_400_not_found_40(mock):
    answer = await mock.juspay("GET", "/orders/nobody")
    body = answer.json()
    assert answer.status_code == 400
    assert (body["status"], body["status_id"], body["order_id"]) == ("NOT_FOUND", 40, "nobody")
    assert body["error_info"]["code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize("user", [b"key-of-the-api:", b"key-of-the-api", b"key-of-the-api:x"])
async def test_the_key_is_taken_with_and_without_colon(mock, user):
    headers = {"Authorization": f"Basic {b64encode(user).decode()}"}
    answer = await mock.juspay("GET", "/orders/nobody", auth=None, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("authorization", ["", "Basic d3Jvbmc6", "Basic !", "Bearer x"])
async def test_a_wrong_key_is_access_denied(mock, authorization):
    headers = {"Authorization": authorization}
    answer = await mock.juspay("GET", "/orders/nobody", auth=None, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["status"] == "error"
    assert answer.json()["error_code"] == "access_denied"


@pytest.mark.parametrize("name", ["x-merchantid", "x-merchant-id"])
async def test_another_merchants_id_is_access_denied(mock, name):
    answer = await mock.juspay("GET", "/orders/nobody", headers={name: "Acme"})
    assert answer.status_code == 401


async def test_a_client_token_reads_its_own_order_for_15_minutes(mock):
    order = (await mock.new_order(**{"options.get_client_auth_token": "True"})).json()
    query = f"?client_auth_token={order['juspay']['client_auth_token']}"
    assert (await mock.juspay("GET", f"/orders/pe0001a{query}", auth=None)).status_code == 200
    await mock.control("/clock", {"advance": 901})
    assert (await mock.juspay("GET", f"/orders/pe0001a{query}", auth=None)).status_code == 401


async def test_every_answer_carries_juspays_headers(mock):
    answer = await mock.juspay("GET", "/orders/nobody", headers={"x-request-id": "r-1"})
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.headers["x-response-id"]
    assert answer.headers["x-jp-merchant-id"] == "acme"


async def test_a_path_that_is_not_served_answers_in_juspays_words(mock):
    answer = await mock.juspay("GET", "/mandates/mnd_1")
    assert answer.status_code == 404
    assert answer.json()["error_code"] == "not_found"


async def test_an_order_changes_until_its_first_attempt(mock):
    await mock.new_order()
    changed = await mock.juspay("POST", "/orders/pe0001a", {"amount": "90"})
    await mock.txn()
    refused = await mock.juspay("POST", "/orders/pe0001a", {"amount": "80"})
    assert changed.json()["amount"] == 90
    assert refused.status_code == 400


async def test_the_oldest_settled_orders_are_dropped(start):
    mock = await start(max_orders=2)
    await mock.new_order("waiting")
    await mock.charged()
    await mock.new_order("newest")
    orders = [order["order_id"] for order in (await mock.control("/orders"))["orders"]]
    assert orders == ["newest", "waiting"]
    assert (await mock.control("/ledger"))["charged"] == 0


def test_two_mocks_live_in_one_process():
    config = MockConfig(gateways={"juspay": JuspayConfig(merchant_id="acme", api_key="k")})
    assert create_app(config).name != create_app(config).name
