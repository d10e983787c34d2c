"""Every sample that Juspay publishes is read by the adapter, where the samples are (see
``tests/juspay_samples.py``): none is an error, and each says of the money what it says there."""

import base64
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from payment_engine.domain.cards import CardState
from payment_engine.domain.gateway import (
    Charge,
    ChargeKey,
    ChargeState,
    Customer,
    GatewayFailure,
    Refused,
    Unconfirmed,
    VpaFacts,
)
from payment_engine.domain.payment_methods import CardToken, UpiCollect, UpiIntent
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.http import Wire
from payment_engine.gateways.juspay import states
from payment_engine.gateways.juspay.adapter import Juspay, JuspayConfig
from payment_engine.gateways.juspay.messages import Refund
from tests import juspay_samples as samples
from tests.unit.gateways.loopback import CONFIG, Scripted

A, R = AttemptStatus, RefundStatus
STATUSES = {
    "CREATED": A.CREATED,
    "NEW": A.CREATED,
    "PENDING_VBV": A.PENDING,
    "COD_INITIATED": A.PENDING,
    "AUTHORIZED": A.AUTHORIZED,
    "CHARGED": A.CAPTURED,
    "AUTO_REFUNDED": A.CAPTURED,
    "AUTHORIZATION_FAILED": A.FAILED,
}
REFUND_STATUSES = {
    "PENDING": R.PENDING,
    "SUCCESS": R.SUCCEEDED,
    "FAILURE": R.FAILED,
    "MANUAL_REVIEW": R.MANUAL_REVIEW,
}
SIGNED = {"authorization": "Basic " + base64.b64encode(b"hook:hook-password").decode()}
WEBHOOKS = tuple(samples.names_in("webhooks")) or ("webhooks/order_failed",)


@pytest.fixture
def script() -> Scripted:
    return Scripted()


@pytest.fixture
async def juspay(script: Scripted) -> AsyncIterator[Juspay]:
    wire = Wire("juspay", record=lambda exchange: None, transport=httpx.MockTransport(script))
    yield Juspay(JuspayConfig.model_validate(CONFIG), wire)
    await wire.aclose()


def paise(rupees: Any) -> int | None:
    return None if rupees is None else int(Decimal(str(rupees)) * 100)


def check_money(state: ChargeState, content: dict[str, Any]) -> None:
    """The state says what the sample says: status, amount, refunds, and no number that is none."""
    assert state.status is STATUSES[content["status"]]
    assert state.recognised
    assert state.amount == paise(content.get("amount", content.get("txn_amount")))
    assert state.rrn not in {"NA", "null", ""}
    assert state.payer_vpa is None or "@" in state.payer_vpa.get_secret_value()
    assert [(each.ref, each.status, each.amount) for each in state.refunds] == [
        (each["unique_request_id"], REFUND_STATUSES[each["status"]], paise(each["amount"]))
        for each in content.get("refunds", [])
    ]
    assert (state.decline_code is not None) == (state.status is A.FAILED)


async def order_read(juspay: Juspay, script: Scripted, content: dict[str, Any]) -> ChargeState:
    """What the adapter makes of an order."""
    script.on(f"GET /orders/{content['order_id'].lower()}", content)
    key = ChargeKey(ref=content["order_id"].lower(), customer_ref="cust-8812", amount=100)
    state = await juspay.fetch_charge(key)
    assert state is not None
    return state


@pytest.mark.skipif(not samples.has_samples(), reason=samples.NO_SAMPLES)
def test_every_sample_is_walked() -> None:
    names = set(samples.names_in())
    assert names - {name for name in names if name.startswith("webhooks/")} == set(
        samples.ALL_BUT_WEBHOOKS
    )
    assert len(WEBHOOKS) > 20


@pytest.mark.parametrize("name", samples.ORDERS)
async def test_an_order_says_of_the_money_what_the_sample_says(
    juspay: Juspay, script: Scripted, name: str
) -> None:
    content = samples.sample(name)
    check_money(await order_read(juspay, script, content), content)


@pytest.mark.parametrize("name", samples.ORDERS)
@pytest.mark.parametrize("status", ["ON_ITS_WAY", "charged", "FULLY_CHARGED"])
async def test_an_order_of_an_unknown_status_is_pending(
    juspay: Juspay, script: Scripted, name: str, status: str
) -> None:
    state = await order_read(juspay, script, {**samples.sample(name), "status": status})
    assert (state.status, state.recognised) == (A.PENDING, False)


@pytest.mark.parametrize("name", samples.STARTED)
async def test_a_started_transaction_has_its_state_and_what_the_customer_does_next(
    juspay: Juspay, script: Scripted, name: str
) -> None:
    content = samples.sample(name)
    order = {"status": content["status"], "amount": 5, "currency": "INR"}
    params = content["payment"].get("sdk_params", {})
    if uri := params.get("uri_params"):
        uri["am"] = "5.00"
    elif params:
        params["amount"] = "5.00"
    card = "moto" in name or name.startswith("orders/create-payments")
    upi = UpiIntent() if params else UpiCollect(vpa="a@okaxis")
    charge = Charge(
        ref=content["order_id"].lower(),
        amount=500,
        source=CardToken(token=SecretStr("ctkn_1")) if card else upi,
        customer=Customer(ref="cust-8812"),
        return_url="https://shop.example/return",
        description="Order",
    )
    script.on("POST /txns", content)
    script.on(f"GET /orders/{charge.ref}", order)
    state = await juspay.charge(charge)
    assert state.status is STATUSES[content["status"]]
    assert state.recognised
    if state.status is A.PENDING:
        assert state.next_action is not None
        assert not params or str(state.next_action.uri).startswith("upi://pay?")


@pytest.mark.parametrize("name", samples.REFUNDS)
def test_a_refund_by_itself_has_its_state(name: str) -> None:
    content = samples.sample(name)
    state = states.refund_state(Refund.read(content), "charge")
    assert (state.ref, state.status) == (content["unique_request_id"], R.PENDING)
    assert (state.amount, state.recognised) == (paise(content["amount"]), True)


@pytest.mark.parametrize("name", WEBHOOKS)
def test_a_webhook_says_what_its_order_says(juspay: Juspay, name: str) -> None:
    content = samples.sample(name)
    event = juspay.read_webhook(SIGNED, json.dumps(content).encode())
    about = content["content"].get("order") or content["content"].get("txn")
    assert (event.event_id, event.kind) == (content["id"], content["event_name"])
    assert len(event.charges) == (1 if about else 0)
    for state in event.charges:
        check_money(state, about)


@pytest.mark.parametrize("name", WEBHOOKS)
def test_a_webhook_of_an_unknown_status_and_kind_is_pending(juspay: Juspay, name: str) -> None:
    content = {**samples.sample(name), "event_name": "ORDER_TURNED_BLUE"}
    for about in filter(None, content["content"].values()):
        about["status"] = "TURNED_BLUE"
        for refund in about.get("refunds", []):
            refund["status"] = "TURNED_BLUE"
    event = juspay.read_webhook(SIGNED, json.dumps(content).encode())
    for state in event.charges:
        assert (state.status, state.recognised) == (A.PENDING, False)
        assert {refund.status for refund in state.refunds} <= {R.PENDING}


@pytest.mark.parametrize("name", samples.CARD_FACTS)
async def test_the_facts_of_a_card_are_read(juspay: Juspay, script: Scripted, name: str) -> None:
    content = samples.sample(name)
    script.on("GET /cardbins/405028", content)
    facts = await juspay.card_facts("405028")
    assert facts is not None
    assert (facts.network, facts.kind, facts.issuer) == ("visa", "credit", "HDFC Bank")
    assert facts.tokenizable == content.get("tokenize_support")


async def test_the_cards_of_a_customer_are_read(juspay: Juspay, script: Scripted) -> None:
    content = samples.sample("card/list-cards/response")
    script.on("GET /cards", content)
    cards = await juspay.list_cards("cust-8812")
    assert len(cards) == len(content["cards"])
    for card, theirs in zip(cards, content["cards"], strict=True):
        assert card.state is CardState.ACTIVE
        assert card.last4 == theirs["card_number"][-4:]
        assert card.network == theirs["card_brand"].lower()
        assert card.cvv_less == theirs["token"]["cvv_less_support"]


async def test_a_card_is_deleted_by_the_token_of_its_reference(
    juspay: Juspay, script: Scripted
) -> None:
    listed = samples.sample("card/list-cards/response")
    script.on("GET /cards", listed)
    script.on("GET /cards", listed)
    script.on("POST /card/delete", samples.sample("card/delete-card/response"))
    card = (await juspay.list_cards("cust-8812"))[0]
    await juspay.delete_card("cust-8812", card.token)
    assert script.form(2) == {"card_token": listed["cards"][0]["card_token"]}


async def test_a_upi_id_is_verified_without_a_name_where_there_is_none(
    juspay: Juspay, script: Scripted
) -> None:
    script.on("POST /v2/upi/verify-vpa", samples.sample("upi/verify-vpa"))
    assert await juspay.verify_vpa(SecretStr("9999999999@upi"), "cust-8812") == VpaFacts(valid=True)


@pytest.mark.parametrize("name", samples.ERRORS)
async def test_an_error_starts_nothing_and_is_no_crash(
    juspay: Juspay, script: Scripted, name: str
) -> None:
    content = samples.sample(name)
    script.on("POST /orders/charge/refunds", content, 400)
    key = ChargeKey(ref="charge", customer_ref="cust-8812", amount=100)
    with pytest.raises(GatewayFailure) as raised:
        await juspay.refund("rf1", key, 100)
    assert isinstance(raised.value, Refused | Unconfirmed)
    assert raised.value.code == content["error_code"]
