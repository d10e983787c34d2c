"""Creating, changing and reading orders, by modern and by legacy paths."""

import operator
import re
from datetime import UTC, datetime
from urllib.parse import unquote

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.book import Juspay, Owner, juspay_of
from payment_engine.mock.juspay.model import Order
from payment_engine.mock.juspay.render import new_order_json
from payment_engine.mock.juspay.webhooks import shown
from payment_engine.mock.juspay.wire import answer, fields_of, paged, truthy
from payment_engine.mock.money import paise_of

_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
_COMPARED = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}


async def create(request: Request) -> HTTPResponse:
    """``POST /orders``: a new order is NEW/10, a known id is refused."""
    juspay, fields = juspay_of(request), fields_of(request)
    if fields.get("order_id", "").casefold() in juspay.orders:
        raise errors.duplicate_order(fields["order_id"])
    return answer(_created(juspay, open_order(juspay, fields)))


async def create_legacy(request: Request) -> HTTPResponse:
    """``POST /order/create``: CREATED/1, and an upsert: the same id again is the update."""
    juspay, fields = juspay_of(request), fields_of(request)
    known = juspay.orders.get(fields.get("order_id", "").casefold())
    if known:
        return answer(_created(juspay, change(known, fields)))
    order = open_order(juspay, fields)
    return answer(_created(juspay, order) | {"status": "CREATED", "status_id": 1})


async def update(request: Request, order_id: str) -> HTTPResponse:
    """``POST /orders/{order_id}``: the last write wins until the first attempt."""
    juspay = juspay_of(request)
    order = change(juspay.order(unquote(order_id)), fields_of(request))
    return answer(shown(juspay, order))


async def status(request: Request, order_id: str) -> HTTPResponse:
    """``GET /orders/{order_id}``."""
    juspay = juspay_of(request)
    return answer(shown(juspay, juspay.order(unquote(order_id))))


async def status_legacy(request: Request) -> HTTPResponse:
    """``GET /order/status?order_id=``, which old clients also post."""
    juspay = juspay_of(request)
    return answer(shown(juspay, juspay.order(fields_of(request).get("order_id", ""))))


async def listing(request: Request) -> HTTPResponse:
    """``GET /order/list``: newest first, by ``count`` and ``offset``, within ``created.gt`` and so
    on; only old clients know it.
    """
    juspay, fields = juspay_of(request), fields_of(request)
    within = [(_COMPARED[n], _moment(fields[f"created.{n}"])) for n in _COMPARED
              if f"created.{n}" in fields]  # fmt: skip
    found = [
        shown(juspay, order)
        for order in reversed(juspay.orders.values())
        if all(compare(_moment(order.created), limit) for compare, limit in within)
    ]
    return answer(paged(found, fields))


def _moment(text: str) -> datetime:
    """A time as ISO 8601 or in seconds since 1970. Raises Refusal."""
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise errors.invalid("created") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def open_order(juspay: Juspay, fields: dict[str, str]) -> Order:
    """A new order from a create call. Raises Refusal naming the fields that do not fit."""
    order_id, amount = fields.get("order_id", ""), paise_of(fields.get("amount", ""))
    wrong = [] if _ORDER_ID.fullmatch(order_id) else ["order_id"]
    if not amount:
        wrong.append("amount")
    if not amount or wrong:
        raise errors.invalid(*wrong)
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
        give_client_token(juspay, order)
    juspay.add(order)
    return order


def give_client_token(juspay: Juspay, order: Order) -> None:
    """Let the order's page ask about it for a while."""
    order.client_token = juspay.client_tokens.give(Owner(order_id=order.order_id.casefold()))
    order.client_token_expiry = juspay.client_tokens.until(order.client_token)


def change(order: Order, fields: dict[str, str]) -> Order:
    """Take over what an update names. Raises Refusal for a bad amount or a started order."""
    amount = paise_of(fields["amount"]) if "amount" in fields else order.amount
    if not amount:
        raise errors.invalid("amount")
    if order.txns and amount != order.amount:
        raise errors.not_now("Order has transactions; its amount can no longer be changed.")
    order.amount = amount
    order.fields |= {name: value for name, value in fields.items() if name != "order_id"}
    return order


def _created(juspay: Juspay, order: Order) -> dict[str, object]:
    return new_order_json(order, juspay.host, juspay.config.merchant_id)
