"""Tells the merchant by webhook what became of an order, scripted mishaps included."""

from typing import Any

import orjson

from payment_engine.mock.distort import distort
from payment_engine.mock.juspay.book import Juspay
from payment_engine.mock.juspay.model import Order
from payment_engine.mock.juspay.render import order_json
from payment_engine.mock.postman import Delivery
from payment_engine.mock.script import Scripted, Stage

_DELAY = 1.0


def announce(juspay: Juspay, event: str, order: Order) -> None:
    """Send an event with the order as it is now; nothing if the merchant has no webhook URL."""
    config = juspay.world.config
    url = order.fields.get("metadata.webhook_url") or config.juspay_webhook_url
    if not url:
        return
    event_id = juspay.world.ids.hexes("evt_V2_", 32)
    delay, copies, content = 0.0, 1, shown(juspay, order)
    if scripted := _scripted(juspay, event, order):
        delay, copies = _mishap(scripted)
        content = distort(content, scripted)
    body = orjson.dumps(
        {
            "id": event_id,
            "event_name": event,
            "date_created": juspay.world.clock.stamp(),
            "content": {"order": content},
        }
    )
    auth = (config.juspay_webhook_username, config.juspay_webhook_password)
    for _ in range(copies):
        delivery = Delivery(event_id, event, order.order_id, url, body, auth)
        juspay.world.postman.send(delivery, delay=delay)


def shown(juspay: Juspay, order: Order) -> dict[str, Any]:
    """The order object as this merchant sees it."""
    config = juspay.world.config
    return order_json(order, f"{config.public_url}/juspay", config.juspay_merchant_id)


def _scripted(juspay: Juspay, event: str, order: Order) -> Scripted | None:
    return juspay.world.script.take(Stage.WEBHOOK, event=event, order_id=order.order_id)


def _mishap(scripted: Scripted) -> tuple[float, int]:
    """How long a webhook is held back, and how many copies of it go out."""
    copies = {"drop_webhook": 0, "duplicate_webhook": 2}.get(scripted.kind, 1)
    delayed = scripted.kind == "delay_webhook"
    return float(scripted.behaviour.get("seconds", _DELAY)) if delayed else 0.0, copies
