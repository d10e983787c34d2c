"""What a decline suggests and a refusal names is what the methods document offers this client."""

import json
from typing import Any

import pytest

from payment_engine.services.routing.breakers import refresh_routes
from tests.saved_instruments import read_methods, save_preferences
from tests.webhooks import deliver_webhook
from tests.world import World

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15"
CLIENTS = [{"platform": "android"}, {"platform": "ios"}, {"platform": "desktop"}, {}]


async def offered(world: World, payment: dict[str, Any], client: dict[str, str]) -> set[str]:
    """The kinds of the methods document that can be used now."""
    query = "&".join(f"{name}={value}" for name, value in client.items())
    found = await read_methods(world, payment, query)
    items = [item for group in found["groups"] for item in group["items"]]
    return {item["kind"] for item in items if item["enabled"]}


async def decline_card(world: World, payment: dict[str, Any], **body: Any) -> None:
    """Decline a card for too low a balance: another method is the advice."""
    token = await world.card_token()
    attempt = await world.start_attempt(payment["id"], method="card", card_token=token, **body)
    failed = {"status": "AUTHORIZATION_FAILED", "resp_code": "51"}
    await deliver_webhook(world, attempt, amount=payment["amount"] / 100, **failed)


async def switch_off(world: World, method: str) -> None:
    """No new charge by the method goes to Juspay."""
    await world.sql(
        "INSERT INTO route (gateway, method, enabled, changed_at) "
        "VALUES ('juspay', $1, false, now()) RETURNING id",
        method,
    )
    await refresh_routes(world.engine)


async def suggested(world: World, payment: dict[str, Any]) -> set[str]:
    decline = (await world.read_payment(payment["id"]))["attempts"][0]["decline"]
    return set(decline["suggested_methods"])


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("order", [{}, {"amount": 1_00_000_01, "breakdown": []}])
async def test_a_decline_suggests_the_other_methods_that_this_client_is_offered(
    world: World, client: dict[str, str], order: dict[str, Any]
) -> None:
    payment = await world.open_payment(**order)
    await decline_card(world, payment, client=client)
    assert await suggested(world, payment) == await offered(world, payment, client) - {"card"}


async def test_a_page_on_an_iphone_counts_as_ios(world: World) -> None:
    payment = await world.open_payment()
    await decline_card(world, payment, client={"platform": "mobile_web", "user_agent": IPHONE})
    assert await suggested(world, payment) == await offered(world, payment, CLIENTS[1]) - {"card"}


async def test_nothing_is_suggested_of_a_gateway_that_is_down(world: World) -> None:
    payment = await world.open_payment()
    await decline_card(world, payment)
    for _ in range(20):
        world.engine.gateways["juspay"].wire._health.note(ok=False)
    assert await suggested(world, payment) == await offered(world, payment, {}) == set()


async def test_what_cannot_work_here_is_suggested_neither_by_a_decline_nor_by_a_refusal(
    world: World,
) -> None:
    world.engine.settings = world.engine.settings.model_copy(
        update={"banks": (), "page_wallets": ()}
    )
    payment = await world.open_payment()
    body = {"method": "upi_collect", "vpa": "a.rao@okaxis", "client": CLIENTS[0]}
    refused = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    await decline_card(world, payment, client=CLIENTS[0])
    here = await offered(world, payment, CLIENTS[0])
    assert here == {"upi_intent", "upi_qr", "card"}
    assert set(refused.json()["alternatives"]) == here
    assert await suggested(world, payment) == here - {"card"}


async def test_the_same_method_is_not_suggested_again_while_it_is_switched_off(
    world: World,
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, status="AUTHORIZATION_FAILED", resp_code="ZA")
    assert await suggested(world, payment) == {"upi_intent"}
    await switch_off(world, "upi_intent")
    here = await offered(world, payment, CLIENTS[0])
    assert await suggested(world, payment) == here
    assert "upi_intent" not in here


async def test_a_paid_payment_suggests_nothing(world: World) -> None:
    payment = await world.open_payment()
    await decline_card(world, payment)
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    assert await suggested(world, payment) == await offered(world, payment, {}) == set()


async def test_what_a_customer_has_hidden_is_suggested_neither_by_a_decline_nor_by_a_refusal(
    world: World,
) -> None:
    await save_preferences(world, hidden_methods=["netbanking", "upi_qr"])
    payment = await world.open_payment()
    here = await offered(world, payment, CLIENTS[0])
    body = {"method": "upi_collect", "vpa": "a.rao@okaxis", "client": CLIENTS[0]}
    refused = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    await decline_card(world, payment, client=CLIENTS[0])
    assert here == {"upi_intent", "card", "wallet"}
    assert set(refused.json()["alternatives"]) == here
    assert await suggested(world, payment) == here - {"card"}


async def test_where_no_gateway_takes_the_method_only_what_is_not_hidden_is_named(
    world: World,
) -> None:
    await save_preferences(world, hidden_methods=["wallet", "upi_intent"])
    await switch_off(world, "card")
    payment = await world.open_payment()
    body = {"method": "card", "card_token": await world.card_token(), "client": CLIENTS[0]}
    refused = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    assert set(refused.json()["alternatives"]) == {"upi_qr", "netbanking"}
    assert await offered(world, payment, CLIENTS[0]) == {"upi_qr", "netbanking"}


async def test_a_decline_suggests_what_is_hidden_now_not_what_was_hidden_then(
    world: World,
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, status="AUTHORIZATION_FAILED", resp_code="ZA")
    assert await suggested(world, payment) == {"upi_intent"}
    await save_preferences(world, hidden_methods=["upi_intent"])
    here = await offered(world, payment, CLIENTS[0])
    assert await suggested(world, payment) == here
    assert "upi_intent" not in here


async def test_the_order_service_is_suggested_nothing_that_is_hidden_either(world: World) -> None:
    await save_preferences(world, hidden_methods=["netbanking"])
    payment = await world.open_payment()
    await decline_card(world, payment, client=CLIENTS[0])
    [sent] = await world.sql("SELECT body FROM outbox_message ORDER BY sequence DESC LIMIT 1")
    attempts = json.loads(sent["body"])["data"]["payment"]["attempts"]
    assert "netbanking" not in attempts[0]["decline"]["suggested_methods"]
    assert "upi_qr" in attempts[0]["decline"]["suggested_methods"]
