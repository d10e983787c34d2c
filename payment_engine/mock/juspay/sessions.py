"""``POST /session``: an order together with Juspay's own page, or an app's SDK, to pay it."""

from datetime import timedelta
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.clock import iso
from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.book import Juspay, juspay_of
from payment_engine.mock.juspay.model import Order
from payment_engine.mock.juspay.orders import change, give_client_token, open_order
from payment_engine.mock.juspay.render import payment_links
from payment_engine.mock.juspay.statuses import HELD, TAKEN
from payment_engine.mock.juspay.wire import answer, fields_of
from payment_engine.mock.money import rupees_text

_SERVICE = "in.juspay.hyperpay"


async def create(request: Request) -> HTTPResponse:
    """NEW with its links and the SDK's payload; an order that is unpaid may be asked for again."""
    juspay, fields = juspay_of(request), fields_of(request)
    known = juspay.orders.get(fields.get("order_id", "").casefold())
    if known and known.status in TAKEN | HELD:
        raise errors.not_now("Order is already paid.")
    order = change(known, fields) if known else open_order(juspay, fields)
    give_client_token(juspay, order)
    order.link_until = juspay.world.clock.now() + timedelta(seconds=juspay.config.session_life)
    return answer(_session(juspay, order, iso(order.link_until)))


async def page(_: Request, order_key: str) -> HTTPResponse:
    """Where ``payment_links`` lead: on to the page that takes the payment."""
    return redirect(f"/customer/juspay/order/{order_key}", status=303)


def _session(juspay: Juspay, order: Order, until: str) -> dict[str, Any]:
    return {
        "status": "NEW",
        "id": order.id,
        "order_id": order.order_id,
        "payment_links": {"web": payment_links(order, juspay.host)["web"], "expiry": until},
        "order_expiry": until,
        "sdk_payload": {
            "requestId": juspay.world.ids.hexes("", 32),
            "service": _SERVICE,
            "payload": _payload(juspay, order),
        },
    }


def _payload(juspay: Juspay, order: Order) -> dict[str, Any]:
    fields, until = order.fields, order.client_token_expiry
    return {
        "action": fields.get("action") or "paymentPage",
        "amount": rupees_text(order.amount),
        "clientAuthToken": order.client_token,
        "clientAuthTokenExpiry": iso(until) if until else "",
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
