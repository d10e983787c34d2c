"""Sends the merchant an order's events, altered, delayed or dropped where a script says so."""

from base64 import b64encode
from typing import Any

import orjson

from payment_engine.mock.dispatch import dispatch
from payment_engine.mock.juspay.documents import order_document, txn_document
from payment_engine.mock.juspay.model import Order
from payment_engine.mock.juspay.state import Juspay
from payment_engine.mock.script import Scripted
from payment_engine.mock.tampering import tampered
from payment_engine.mock.webhook_sender import Delivery

EVENT_VERSIONS = {
    "ORDER_FAILED": "2016-07-19",
    "TXN_CREATED": "2016-10-27",
    "AUTO_REFUND_SUCCEEDED": "2019-11-11",
    "AUTO_REFUND_FAILED": "2019-11-11",
    "TXN_CHARGED": "2020-10-31",
    "TXN_FAILED": "2020-10-31",
}
"""The webhook version that first sent an event; all versions send the others."""
_ABOUT_TXN = frozenset({"TXN_CHARGED", "TXN_FAILED"})
"""Events that show the transaction instead of the order."""


def send_event(juspay: Juspay, event: str, order: Order) -> None:
    """Send an event with the order as it is now.

    Nothing is sent without a webhook URL, or if the event is newer than the webhook's version.
    """
    if juspay.config.webhook_version < EVENT_VERSIONS.get(event, ""):
        return
    url = order.fields.get("metadata.webhook_url") or juspay.config.webhook_url
    if not url:
        return
    event_id = juspay.world.ids.hexes("evt_V2_", 32)
    about = "txn" if event in _ABOUT_TXN and order.txn else "order"
    content = current_document(juspay, order) if about == "order" else _txn(juspay, order)

    def write(scripted: Scripted | None) -> Delivery:
        event_body = {
            "id": event_id,
            "event_name": event,
            "date_created": juspay.world.clock.stamp(),
            "content": {about: tampered(content, scripted) if scripted else content},
        }
        body = orjson.dumps(event_body)
        headers = _headers(juspay, scripted)
        return Delivery("juspay", event_id, event, order.order_id, url, body, headers)

    dispatch(juspay.world, gateway="juspay", event=event, order_id=order.order_id, write=write)


def current_document(juspay: Juspay, order: Order) -> dict[str, Any]:
    """The order object as it is now."""
    return order_document(order, juspay.host, juspay.config.merchant_id, juspay.world.clock.now())


def _txn(juspay: Juspay, order: Order) -> dict[str, Any]:
    return txn_document(order, juspay.world.clock.now())


def _headers(juspay: Juspay, scripted: Scripted | None) -> dict[str, str]:
    """With the webhook's password, or as scripted with a wrong one or none."""
    kind = scripted.kind if scripted else ""
    headers = {"Content-Type": "application/json"}
    if kind == "unsigned":
        return headers
    password = "forged" if kind.startswith("forge") else juspay.config.webhook_password
    basic = b64encode(f"{juspay.config.webhook_username}:{password}".encode()).decode()
    return headers | {"Authorization": f"Basic {basic}"}
