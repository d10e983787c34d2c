"""A webhook with an amount that is none: the gateway is looked up, and nothing is lost."""

from tests.webhooks import WEBHOOK_AUTH, believe_webhooks, webhook_body
from tests.world import World


async def test_a_paid_order_with_an_odd_amount_is_looked_up_and_paid(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    believe_webhooks(world)
    odd = webhook_body(attempt, amount=1164.0000000001)
    answer = await world.api.post("/v1/juspay/webhook", content=odd, auth=WEBHOOK_AUTH)
    assert answer.status_code == 200
    assert await world.sql("SELECT cause FROM quarantined") == []
    assert (await world.read_payment(payment["id"]))["status"] != "paid"
    events = await world.sql("SELECT data::text AS data FROM payment_event ORDER BY id")
    assert any("amount missing" in str(event["data"]) for event in events)
    await world.customer_decides(attempt)
    current = await world.wait_for_status(payment["id"], "paid")
    assert current["amount_captured"] == 116400
