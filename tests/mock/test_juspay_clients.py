"""Juspay's published clients, unmodified, against the mock through its TLS proxy."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from payment_engine.mock.tls_proxy import open_tls_proxy
from tests.mock.juspay_calls import FOREIGN
from tests.mock.mock_server import AUTH
from tests.mock.published import NODE_CLIENTS, client, javascript, python

HOSTS = {"sandbox": "https://sandbox.juspay.in", "production": "https://api.juspay.in"}
ORDER = {"order_id": "ord_1", "amount": "100.50", "return_url": "https://shop.example/ret"}
CUSTOMER = {
    "object_reference_id": "customer-0001",
    "mobile_number": "9000000001",
    "mobile_country_code": "91",
    "email_address": "a+b@example.in",
    "first_name": "Asha",
    "last_name": "Rao",
}
COLLECT = {"payment_method_type": "UPI", "payment_method": "UPI_COLLECT", "upi_vpa": "a@okaxis"}


def pair():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return secret.decode(), public.decode()


@pytest.fixture(scope="module")
def keys():
    """The key pairs of merchant and Juspay, as private and public PEM."""
    return pair(), pair()


@asynccontextmanager
async def node(mock, folder, environment="sandbox", **config) -> AsyncIterator:
    """Juspay's Node SDK, which reads a package.json in its folder."""
    (folder / "package.json").write_text('{"name": "shop", "version": "1.0.0"}')
    client_config = {
        "merchantId": "acme",
        "apiKey": AUTH[0],
        "baseUrl": HOSTS[environment],
    } | config
    command = javascript("expresscheckout_client.js")
    async with open_tls_proxy(mock.client.base_url.port, folder) as proxy:
        options = f"--require {NODE_CLIENTS / 'through_proxy.js'}"
        variables = {**proxy.environment, "NODE_OPTIONS": options}
        async with client(
            *command, json.dumps(client_config), environment=variables, folder=folder
        ) as juspay:
            yield juspay


@asynccontextmanager
async def python3(mock, folder, environment="sandbox", key=AUTH[0]) -> AsyncIterator:
    async with open_tls_proxy(mock.client.base_url.port, folder) as proxy:
        command = (*python("juspayp3_client.py"), environment, key)
        async with client(*command, environment=proxy.environment, folder=folder) as juspay:
            yield juspay


@pytest.mark.parametrize("environment", HOSTS)
async def test_node_client_takes_an_order_from_new_to_refunded(environment, mock, tmp_path):
    async with node(mock, tmp_path, environment) as juspay:
        form = ORDER | {"description": "two words", "options.get_client_auth_token": True}
        created = await juspay.ask("order", "create", [form])
        started = await juspay.ask("payments", "create", [COLLECT | {"order_id": "ord_1"}])
        await mock.control("/orders/ord_1/approve", {})
        charged = await juspay.ask("order", "status", ["ord_1"])
        refund = {"unique_request_id": "r1", "amount": 10}
        refunded = await juspay.ask("order", "refund", ["ord_1", refund])
    assert (created["status"], created["status_id"], created["amount"]) == ("NEW", 10, 100.5)
    assert created["juspay"]["client_auth_token"]
    assert (started["status"], started["txn_id"]) == ("PENDING_VBV", "acme-ord_1-1")
    assert (charged["status"], charged["payer_vpa"]) == ("CHARGED", "a@okaxis")
    assert [each["unique_request_id"] for each in refunded["refunds"]] == ["r1"]


async def test_node_client_updates_an_order_only_with_a_leading_slash(mock, tmp_path):
    async with node(mock, tmp_path) as juspay:
        await juspay.ask("order", "create", [ORDER])
        changed = await juspay.ask("order", "update", ["/ord_1", {"amount": 90}])
        lost = await juspay.ask("order", "update", ["ord_1", {"amount": 80}])
    assert changed["amount"] == 90
    assert (lost["error"], lost["error_code"]) == ("InvalidRequestError", "not_found")


async def test_node_client_creates_customers_and_sessions(mock, tmp_path):
    async with node(mock, tmp_path) as juspay:
        created = await juspay.ask("customer", "create", [CUSTOMER])
        query = {"options.get_client_auth_token": True}
        found = await juspay.ask("customer", "get", ["customer-0001", query])
        changed = await juspay.ask("customer", "update", [created["id"], {"first_name": "Anu"}])
        session = {
            "order_id": "s1",
            "amount": "5",
            "action": "paymentPage",
            "payment_page_client_id": "acme",
            "customer_id": created["id"],
        }
        opened = await juspay.ask("orderSession", "create", [session])
    assert (found["id"], changed["first_name"]) == (created["id"], "Anu")
    assert found["juspay"]["client_auth_token"]
    assert (opened["status"], opened["sdk_payload"]["payload"]["amount"]) == ("NEW", "5.00")


async def test_node_client_turns_refusals_into_its_errors(mock, tmp_path):
    async with node(mock, tmp_path) as juspay:
        lost = await juspay.ask("order", "status", ["nobody"])
        missing = await juspay.ask("customer", "get", ["nobody-at-all"])
        await mock.script("http_status", status=503)
        broken = await juspay.ask("order", "status", ["nobody"])
        await mock.script("garbage")
        garbage = await juspay.ask("order", "status", ["nobody"])
    async with node(mock, tmp_path, apiKey="another") as juspay:
        denied = await juspay.ask("order", "status", ["nobody"])
    assert (lost["error"], lost["status"]) == ("InvalidRequestError", "NOT_FOUND")
    assert missing["error_code"] == "object_not_found"
    assert [broken["error"], garbage["error"]] == ["ApiError", "InternalServerError"]
    assert (denied["error"], denied["error_code"]) == ("AuthenticationError", "access_denied")


@pytest.fixture
async def encryption(start, keys):
    """A mock with the merchant's public key, and a client's config with Juspay's."""
    (secret, public), (juspay_secret, juspay_public) = keys
    config = {
        "jwt_key_id": "key_1",
        "jwt_private_key": juspay_secret,
        "merchant_public_key": public,
    }
    auth = {"keyId": "key_1", "privateKey": secret, "publicKey": juspay_public}
    return await start(juspay=config), {"jweAuth": auth, "apiKey": AUTH[0]}


async def test_node_client_encrypts_bodies(encryption, tmp_path):
    mock, config = encryption
    async with node(mock, tmp_path, **config) as juspay:
        session = {**ORDER, "action": "paymentPage", "payment_page_client_id": "acme"}
        opened = await juspay.ask("orderSession", "create", [session])
        started = await juspay.ask("payments", "create", [COLLECT | {"order_id": "ord_1"}])
        await mock.control("/orders/ord_1/approve", {})
        charged = await juspay.ask("order", "status", ["ord_1"])
        refunded = await juspay.ask("order", "refund", ["ord_1", {"unique_request_id": "r1"}])
        lost = await juspay.ask("order", "status", ["nobody"])
    paths = [each["path"] for each in (await mock.control("/requests"))["requests"]]
    assert opened["order_id"] == started["order_id"] == "ord_1"
    assert (charged["status"], refunded["amount_refunded"]) == ("CHARGED", 100.5)
    assert (lost["error"], lost["status"]) == ("InvalidRequestError", "NOT_FOUND")
    assert {path.removeprefix("/juspay") for path in paths} == {
        "/v4/session",
        "/v4/txns",
        "/v4/order-status",
        "/v4/orders/ord_1/refunds",
    }


async def test_node_client_rejects_an_answer_signed_with_another_key(encryption, tmp_path):
    mock, config = encryption
    await mock.new_order("ord_1")
    async with node(mock, tmp_path, **config) as juspay:
        await mock.script("forge")
        forged = await juspay.ask("order", "status", ["ord_1"])
        await mock.script("wrong_amount", amount=1)
        accepted = await juspay.ask("order", "status", ["ord_1"])
    assert "verification failed" in forged["message"]
    assert accepted["amount"] == 1


async def test_an_encrypted_call_needs_the_merchants_key(encryption, tmp_path):
    mock, config = encryption
    config["jweAuth"]["privateKey"] = pair()[0]
    async with node(mock, tmp_path, **config) as juspay:
        denied = await juspay.ask("order", "status", ["ord_1"])
    assert denied["error"] == "AuthenticationError"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b'{"header": 5}', b"\xff"])
async def test_an_unencrypted_body_is_denied(encryption, body):
    mock, _ = encryption
    answer = await mock.juspay("POST", "/v4/order-status", content=body)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "access_denied")


async def test_python_client_takes_an_order_from_created_to_refunded(mock, tmp_path):
    async with python3(mock, tmp_path) as juspay:
        created = await juspay.ask("Orders", "create", ORDER)
        changed = await juspay.ask("Orders", "update", {"order_id": "ord_1", "amount": 90.5})
        bank = {
            "order_id": "ord_1",
            "merchant_id": "acme",
            "payment_method": "NB_HDFC",
            "redirect_after_payment": True,
        }
        started = await juspay.ask("Payments", "create_net_banking_payment", bank)
        await mock.control("/orders/ord_1/approve", {})
        charged = await juspay.ask("Orders", "status", {"order_id": "ord_1"})
        refund = {"order_id": "ord_1", "amount": 10, "unique_request_id": "r1"}
        refunded = await juspay.ask("Orders", "refund", refund)
        listed = await juspay.ask("Orders", "list", {"count": 5, "offset": 0})
    assert (created["status"], created["status_id"]) == ("CREATED", 1)
    assert started["payment"]["authentication"]["url"]
    assert (changed["amount"], charged["status"]) == (90.5, "CHARGED")
    assert (refunded["amount_refunded"], len(refunded["refunds"])) == (10, 1)
    assert (listed["total"], listed["list"][0]["order_id"]) == (1, "ord_1")


async def test_python_client_pays_by_new_and_saved_cards(mock, tmp_path):
    card = {
        "merchant_id": "acme",
        "card_number": FOREIGN,
        "name_on_card": "A B",
        "card_exp_year": "35",
        "card_exp_month": "12",
        "card_security_code": "123",
        "save_to_locker": True,
        "redirect_after_payment": True,
    }
    async with python3(mock, tmp_path) as juspay:
        for order_id in ("new", "saved"):
            form = {"order_id": order_id, "amount": 5, "customer_id": "cst_1"}
            await juspay.ask("Orders", "create", form)
        first = await juspay.ask("Payments", "create_card_payment", card | {"order_id": "new"})
        await mock.control("/orders/new/approve", {})
        (saved_card,) = await juspay.ask("Cards", "list", {"customer_id": "cst_1"})
        again = {
            "order_id": "saved",
            "merchant_id": "acme",
            "card_token": saved_card["token"],
            "card_security_code": "123",
            "save_to_locker": False,
            "redirect_after_payment": True,
        }
        second = await juspay.ask("Payments", "create_card_payment", again)
        deleted = await juspay.ask("Cards", "delete", {"card_token": saved_card["token"]})
    assert first["status"] == second["status"] == "PENDING_VBV"
    assert (saved_card["isin"], saved_card["number"]) == ("411111", "4111-XXXXXXXX-1111")
    assert (deleted["deleted"], deleted["reference"]) == (True, saved_card["reference"])


async def test_python_client_creates_customers_and_wallets(mock, tmp_path):
    async with python3(mock, tmp_path) as juspay:
        created = await juspay.ask("Customers", "create", CUSTOMER)
        changed = await juspay.ask(
            "Customers", "update", {"id": created["id"], "first_name": "Anu"}
        )
        listed = await juspay.ask("Customers", "list", {"count": 1, "offset": 0})
        wallet = {"customer_id": "customer-0001", "gateway": "MOBIKWIK"}
        opened = await juspay.ask("Wallets", "create_and_authenticate", wallet)
        linked = await juspay.ask("Wallets", "link", {"wallet_id": opened["id"], "otp": "000000"})
        (fresh,) = await juspay.ask("Wallets", "refreshBalance", {"customer_id": created["id"]})
        await juspay.ask("Orders", "create", ORDER)
        pay = {
            "order_id": "ord_1",
            "merchant_id": "acme",
            "payment_method": "MOBIKWIK",
            "direct_wallet_token": fresh["token"],
            "redirect_after_payment": True,
        }
        paid = await juspay.ask("Payments", "create_wallet_payment", pay)
        unlinked = await juspay.ask("Wallets", "delink", {"wallet_id": opened["id"]})
    assert (changed["first_name"], listed["total"]) == ("Anu", 1)
    assert [each["linked"] for each in (opened, linked, unlinked)] == [False, True, False]
    assert (fresh["current_balance"], paid["status"]) == (2000, "CHARGED")


async def test_python_client_turns_refusals_into_its_errors(mock, tmp_path):
    async with python3(mock, tmp_path) as juspay:
        lost = await juspay.ask("Orders", "status", {"order_id": "nobody"})
        missing = await juspay.ask("Customers", "get", {"id": "nobody-at-all"})
    async with python3(mock, tmp_path, key="another") as juspay:
        denied = await juspay.ask("Orders", "status", {"order_id": "nobody"})
    assert [lost["http_status"], missing["http_status"]] == [400, 404]
    assert (denied["error"], denied["http_status"]) == ("AuthenticationException", 401)


async def test_python_client_lists_payment_methods(mock, tmp_path):
    async with python3(mock, tmp_path) as juspay:
        methods = await juspay.ask("Payments", "get_payment_methods", {"merchant_id": "acme"})
    assert {"NB_HDFC", "MOBIKWIK", "VISA"} <= {method["payment_method"] for method in methods}
