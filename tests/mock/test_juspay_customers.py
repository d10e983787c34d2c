"""Customers and their wallets, and what a browser may do with a client token."""

import pytest

from tests.mock.juspay_calls import CUSTOMER, cards, linked, registered, saved


async def test_a_customer_is_found_by_either_id(mock):
    created = await registered(mock)
    by_reference = await mock.juspay("GET", "/customers/customer-0001")
    by_id = await mock.juspay("GET", f"/customers/{created['id']}?id={created['id']}")
    assert created["object"] == "customer"
    assert created["id"].startswith("cst_")
    assert created | CUSTOMER == created
    assert by_reference.json() == by_id.json() == created


async def test_a_reference_is_unique(mock):
    await registered(mock)
    again = await mock.juspay("POST", "/customers", CUSTOMER)
    error = again.json()
    assert again.status_code == 400
    assert (error["status"], error["error_code"]) == ("invalid_request_error", "unique")
    assert error["error_info"]["code"] == "ALREADY_EXISTS"


async def test_an_unknown_customer_is_404(mock):
    answer = await mock.juspay("GET", "/customers/nobody-at-all")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "object_not_found")


@pytest.mark.parametrize(
    "fields", [{"object_reference_id": "short"}, {"mobile_number": ""}, {"object_reference_id": ""}]
)
async def test_an_invalid_field_is_named(mock, fields):
    answer = await mock.juspay("POST", "/customers", CUSTOMER | fields)
    error = answer.json()
    assert (answer.status_code, error["status"]) == (400, "Invalid Request")
    assert error["error_info"]["fields"][0]["field_name"] in fields


async def test_an_update_changes_only_the_fields_sent(mock):
    await registered(mock)
    await mock.juspay("POST", "/customers/customer-0001", {"first_name": "Anu"})
    now = (await mock.juspay("GET", "/customers/customer-0001")).json()
    assert (now["first_name"], now["last_name"]) == ("Anu", "Rao")


async def test_customers_are_listed_by_pages(mock):
    for number in range(3):
        await registered(mock, object_reference_id=f"customer-000{number}")
    page = (await mock.juspay("GET", "/customers?count=1&offset=1")).json()
    assert {n: page[n] for n in ("object", "count", "offset", "total")} == {
        "object": "list",
        "count": 1,
        "offset": 1,
        "total": 3,
    }
    assert page["list"][0]["object_reference_id"] == "customer-0001"


async def test_both_ids_list_the_same_cards(mock):
    created = await registered(mock)
    await saved(mock)
    assert len(await cards(mock, created["id"])) == len(await cards(mock)) == 1


async def client_token(mock, reference="customer-0001"):
    fields = {"options.get_client_auth_token": "true", "object_reference_id": reference}
    return (await registered(mock, **fields))["juspay"]["client_auth_token"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/customers/customer-0001", True),
        ("GET", "/customers/customer-0001/wallets", True),
        ("GET", "/cards?customer_id=customer-0001", True),
        ("GET", "/cards?customer_id=customer-0002", False),
        ("GET", "/customers/customer-0002", False),
        ("GET", "/orders/pe0001a", True),
        ("GET", "/orders/PE0001A", True),
        ("GET", "/order/status?order_id=pe0001a", True),
        ("GET", "/orders/pe0002b", False),
        ("GET", "/orders/pe0003c", False),
        ("GET", "/orders/pe0004d", False),
        ("GET", "/order/status?order_id=pe0002b", False),
        ("POST", "/orders/pe0001a", False),
        ("POST", "/orders/pe0001a/refunds", False),
        ("POST", "/customers", False),
    ],
)
async def test_a_client_token_reaches_only_what_its_customer_owns(mock, method, path, allowed):
    await registered(mock, object_reference_id="customer-0002")
    await mock.new_order(customer_id="customer-0001")
    await mock.new_order("pe0002b", customer_id="customer-0002")
    await mock.new_order("pe0003c")
    token = {"client_auth_token": await client_token(mock)}
    query = {"params": dict(p.split("=") for p in path.partition("?")[2].split("&") if p) | token}
    answer = await mock.juspay(method, path.partition("?")[0], auth=None, **query)
    assert answer.status_code == (200 if allowed else 401)


async def test_a_client_token_expires_after_15_minutes(mock):
    query = {"client_auth_token": await client_token(mock)}
    await mock.control("/clock", {"advance": 901})
    answer = await mock.juspay("GET", "/customers/customer-0001", auth=None, params=query)
    assert answer.status_code == 401


async def test_a_wallet_is_linked_by_its_otp(mock):
    await registered(mock)
    created = (
        await mock.juspay("POST", "/customers/customer-0001/wallets", {"gateway": "MOBIKWIK"})
    ).json()
    wallet = await linked(mock)
    assert (created["object"], created["linked"], created["token"]) == (
        "wallet_account",
        False,
        None,
    )
    assert wallet["id"] == created["id"]
    assert (wallet["linked"], wallet["current_balance"]) == (True, 2000)


@pytest.mark.parametrize("form", [{"otp": "123456"}, {}])
async def test_a_wrong_otp_is_no_error(mock, form):
    await registered(mock)
    wallet = await linked(mock)
    again = await mock.juspay("POST", f"/wallets/{wallet['id']}", {"command": "link"} | form)
    assert again.status_code == 200
    assert not again.json()["linked"]


async def test_wallets_are_listed_refreshed_and_unlinked(mock):
    await registered(mock)
    wallet = await linked(mock)
    await mock.new_order(customer_id="customer-0001")
    await mock.control("/clock", {"advance": 60})
    paths = (
        "/customers/customer-0001/wallets",
        "/orders/pe0001a/wallets",
        "/customers/customer-0001/wallets/refresh-balances",
    )
    lists = [(await mock.juspay("GET", path)).json() for path in paths]
    unlinked = await mock.juspay("POST", f"/wallets/{wallet['id']}", {"command": "delink"})
    assert [each["total"] for each in lists] == [1, 1, 1]
    assert lists[2]["list"][0]["last_refreshed"] > wallet["last_refreshed"]
    assert (unlinked.json()["linked"], unlinked.json()["current_balance"]) == (False, None)


async def test_a_linked_wallet_pays_at_once_with_a_one_time_token(mock):
    await registered(mock)
    wallet = await linked(mock)
    pay = {"payment_method_type": "WALLET", "payment_method": "MOBIKWIK"}
    pay["direct_wallet_token"] = wallet["token"]
    for order_id in ("first", "second"):
        await mock.new_order(order_id)
    first = await mock.txn("first", **pay)
    second = await mock.txn("second", **pay)
    remaining = (await mock.juspay("GET", f"/wallets/{wallet['id']}?command=refresh")).json()
    assert first.json()["status"] == "CHARGED"
    assert second.status_code == 400
    assert remaining["current_balance"] == 1500.5


async def test_a_debit_beyond_the_balance_sends_the_customer_to_add_money(mock):
    await registered(mock)
    wallet = await linked(mock)
    await mock.new_order(amount="2000.01")
    pay = {"payment_method_type": "WALLET", "payment_method": "MOBIKWIK"}
    txn = (await mock.txn(**pay, direct_wallet_token=wallet["token"])).json()
    assert (await mock.status())["status"] == "PENDING_VBV"
    assert txn["payment"]["authentication"]["url"]


async def test_a_direct_debit_needs_the_api_key(mock):
    await mock.new_order()
    form = {"order_id": "pe0001a", "merchant_id": "acme", "direct_wallet_token": "x"}
    assert (await mock.juspay("POST", "/txns", form, auth=None)).status_code == 401


async def test_payment_methods_are_listed(mock):
    listed = (await mock.juspay("GET", "/merchants/acme/paymentmethods")).json()
    with_mandates = await mock.juspay(
        "GET", "/merchants/acme/paymentmethods?options.add_emandate_payment_methods=true"
    )
    kinds = {each["payment_method_type"] for each in listed["payment_methods"]}
    assert kinds == {"CARD", "NB", "UPI", "WALLET"}
    assert with_mandates.json()["emandate_payment_methods"] == []


async def test_upi_ids_that_paid_are_listed(mock):
    fields = {"payment_method_type": "UPI", "payment_method": "UPI_COLLECT", "upi_vpa": "a@okaxis"}
    for order_id in ("o1", "o2"):
        await mock.new_order(order_id, customer_id="customer-0001")
        await mock.txn(order_id, **fields)
    await mock.control("/orders/o1/approve", {})
    path = "/customers/customer-0001/payment_methods"
    body = {"payment_method": ["UPI_COLLECT"]}
    found = (await mock.juspay("POST", path, json=body)).json()["saved_payment_methods"]
    (vpa,) = found["payment_method_details"]["UPI_COLLECT"]
    assert (vpa["vpa"], vpa["count"]) == ("a@okaxis", 1)
