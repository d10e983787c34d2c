"""Orders, created, changed and read by modern and legacy paths, and sessions with Juspay's page."""

import operator
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sanic import HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.clock import iso
from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.documents import new_order_document, payment_links
from payment_engine.mock.juspay.model import AUTHORIZED, CHARGED, Order
from payment_engine.mock.juspay.state import Juspay, Owner, juspay_of
from payment_engine.mock.juspay.webhooks import current_document
from payment_engine.mock.juspay.wire import answer, fields_of, paged, truthy
from payment_engine.mock.money import paise_of, rupees_text

_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
_COMPARISONS = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}
_SERVICE = "in.juspay.hyperpay"


async def create(request: Request) -> HTTPResponse:
    """``POST /orders``: a new order is NEW/10, an id that exists is refused."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    if fields.get("order_id", "").casefold() in juspay.orders:
        raise errors.duplicate_order(fields["order_id"])
    return answer(_new_document(juspay, new_order(juspay, fields)))


async def create_legacy(request: Request) -> HTTPResponse:
    """``POST /order/create``: CREATED/1 until an attempt; the same id again updates the order."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    existing = juspay.orders.get(fields.get("order_id", "").casefold())
    order = apply_update(existing, fields) if existing else new_order(juspay, fields)
    legacy = {} if order.txns else {"status": "CREATED", "status_id": 1}
    return answer(_new_document(juspay, order) | legacy)


async def update(request: Request, order_id: str) -> HTTPResponse:
    """``POST /orders/{order_id}``: the last write wins until the first attempt."""
    juspay = juspay_of(request)
    order = apply_update(juspay.order(unquote(order_id)), fields_of(request))
    return answer(current_document(juspay, order))


async def read(request: Request, order_id: str) -> HTTPResponse:
    """``GET /orders/{order_id}``."""
    juspay = juspay_of(request)
    return answer(current_document(juspay, juspay.order(unquote(order_id))))


async def read_legacy(request: Request) -> HTTPResponse:
    """``GET /order/status?order_id=``, which old clients also post."""
    juspay = juspay_of(request)
    return answer(current_document(juspay, juspay.order(fields_of(request).get("order_id", ""))))


async def list_orders(request: Request) -> HTTPResponse:
    """``GET /order/list``: newest first, by ``count``, ``offset`` and ``created.gt`` and the like;
    only old clients call it.
    """
    juspay = juspay_of(request)
    fields = fields_of(request)
    limits = [
        (compare, _parse_time(fields[f"created.{name}"]))
        for name, compare in _COMPARISONS.items()
        if f"created.{name}" in fields
    ]
    found = [
        current_document(juspay, order)
        for order in reversed(juspay.orders.values())
        if all(compare(_parse_time(order.created), limit) for compare, limit in limits)
    ]
    return answer(paged(found, fields))


async def create_session(request: Request) -> HTTPResponse:
    """``POST /session``: an order with its payment page and SDK payload; repeatable until paid."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    existing = juspay.orders.get(fields.get("order_id", "").casefold())
    if existing and existing.status in CHARGED | AUTHORIZED:
        raise errors.invalid_action("Order is already paid.")
    order = apply_update(existing, fields) if existing else new_order(juspay, fields)
    issue_client_token(juspay, order)
    order.link_expiry = juspay.world.clock.now() + timedelta(seconds=juspay.config.session_life)
    return answer(_session_document(juspay, order, iso(order.link_expiry)))


async def payment_page(_: Request, order_key: str) -> HTTPResponse:
    """Where ``payment_links`` lead: a redirect to the payment page."""
    return redirect(f"/customer/juspay/order/{order_key}", status=303)


def _parse_time(text: str) -> datetime:
    """A time as ISO 8601 or in seconds since 1970. Raises Refusal."""
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise errors.invalid("created") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def new_order(juspay: Juspay, fields: dict[str, str]) -> Order:
    """A new order from a create call. Raises Refusal with the invalid fields."""
    order_id = fields.get("order_id", "")
    amount = paise_of(fields.get("amount", ""))
    invalid = [] if _ORDER_ID.fullmatch(order_id) else ["order_id"]
    if not amount:
        invalid.append("amount")
    if not amount or invalid:
        raise errors.invalid(*invalid)
    world = juspay.world
    order = Order(
        id=world.ids.hexes("ordeh_", 32),
        order_id=order_id,
        amount=amount,
        created=world.clock.stamp(),
        currency=fields.get("currency") or "INR",
        fields=fields,
    )
    if truthy(fields.get("options.get_client_auth_token")):
        issue_client_token(juspay, order)
    juspay.add_order(order)
    return order


def issue_client_token(juspay: Juspay, order: Order) -> None:
    """Give the order a token with which a shop's page may read it."""
    order.client_token = juspay.client_tokens.issue(Owner(order_id=order.order_id.casefold()))
    order.client_token_expiry = juspay.client_tokens.expiry(order.client_token)


def apply_update(order: Order, fields: dict[str, str]) -> Order:
    """Apply an update. Raises Refusal for a bad amount, or another one after the first attempt."""
    amount = paise_of(fields["amount"]) if "amount" in fields else order.amount
    if not amount:
        raise errors.invalid("amount")
    if order.txns and amount != order.amount:
        raise errors.invalid_action("Order has transactions; its amount can no longer be changed.")
    order.amount = amount
    order.fields |= {name: value for name, value in fields.items() if name != "order_id"}
    return order


def _new_document(juspay: Juspay, order: Order) -> dict[str, object]:
    return new_order_document(order, juspay.host, juspay.config.merchant_id)


def _session_document(juspay: Juspay, order: Order, expiry: str) -> dict[str, Any]:
    return {
        "status": "NEW",
        "id": order.id,
        "order_id": order.order_id,
        "payment_links": {"web": payment_links(order, juspay.host)["web"], "expiry": expiry},
        "order_expiry": expiry,
        "sdk_payload": {
            "requestId": juspay.world.ids.hexes("", 32),
            "service": _SERVICE,
            "payload": _sdk_payload(juspay, order),
        },
    }


def _sdk_payload(juspay: Juspay, order: Order) -> dict[str, Any]:
    fields = order.fields
    expiry = order.client_token_expiry
    return {
        "action": fields.get("action") or "paymentPage",
        "amount": rupees_text(order.amount),
        "clientAuthToken": order.client_token,
        "clientAuthTokenExpiry": iso(expiry) if expiry else "",
        "clientId": fields.get("payment_page_client_id", ""),
        "currency": order.currency,
        "customerId": fields.get("customer_id", ""),
        "customerEmail": fields.get("customer_email", ""),
        "customerPhone": fields.get("customer_phone", ""),
        "description": fields.get("description", ""),
        "environment": "sandbox",
        "firstName": fields.get("first_name", ""),
        "lastName": fields.get("last_name", ""),
        "merchantId": juspay.config.merchant_id,
        "orderId": order.order_id,
        "returnUrl": fields.get("return_url", ""),
        "service": _SERVICE,
    }
