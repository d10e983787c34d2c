"""The demo's shop as a customer sees it: a Buy button, and what became of each order."""

import secrets
from collections.abc import Mapping
from typing import Any

import httpx
from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json, redirect

from payment_engine.mock.config import MockConfig
from payment_engine.mock.render import page
from payment_engine.mock.shop import Shop
from payment_engine.mock.state import mock_of

_TIMEOUT = 20.0
_EXPIRES_IN = 900
CART: tuple[Mapping[str, Any], ...] = (
    {
        "label": "Vitamin D3 60K, 8 capsules",
        "amount": 24900,
        "hi": {"label": "विटामिन D3 60K, 8 कैप्सूल"},
    },
    {"label": "Blood pressure monitor", "amount": 98120, "hi": {"label": "ब्लड प्रेशर मॉनिटर"}},
    {"label": "Price discount", "amount": -6620, "hi": {"label": "मूल्य में छूट"}},
    {
        "label": "Shipping fee",
        "amount": 0,
        "note": "FREE for members",
        "hi": {"label": "डिलीवरी शुल्क", "note": "सदस्यों के लिए मुफ़्त"},
    },
)
"""What everybody buys here; amounts in paise."""

_STATES = {
    "payment.paid": ("good", "paid"),
    "payment.authorized": ("good", "accepted"),
    "payment.cancelled": ("bad", "cancelled"),
    "payment.expired": ("bad", "expired"),
    "payment.voided": ("bad", "released"),
    "refund.succeeded": ("", "refunded"),
}


def storefront_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("storefront", url_prefix="/shop")
    routes.add_route(front, "/", methods=["GET"])
    routes.add_route(buy, "/buy", methods=["POST"])
    routes.add_route(order, "/orders/<order_id:str>", methods=["GET"])
    return routes


async def front(request: Request, error: str = "") -> HTTPResponse:
    """The cart, and the orders of which the shop has heard, newest first."""
    mock = mock_of(request)
    ids = dict.fromkeys(mock.shop.order_ids())
    orders = [(each, standing(mock.shop, each)) for each in reversed(list(ids))]
    return page(
        "shop_front.html",
        request,
        http_status=502 if error else 200,
        cart=CART,
        total=sum(line["amount"] for line in CART),
        orders=orders[:20],
        open=mock.world.config.shop_service_key is not None,
        service=mock.world.config.service_url,
        error=error,
    )


async def buy(request: Request) -> HTTPResponse:
    """Open a payment for a new order: its checkout for the shop's script, or the way there."""
    config = mock_of(request).world.config
    order_id = f"SHOP-{secrets.token_hex(4).upper()}"
    url, error = await _checkout_url(config, order_id)
    if request.headers.get("accept") == "application/json":
        content = {"url": url, "error": error, "order": f"/shop/orders/{order_id}"}
        return json(content, status=200 if url else 502)
    return redirect(url, status=303) if url else await front(request, error)


async def order(request: Request, order_id: str) -> HTTPResponse:
    """One order with everything that the shop was told about it."""
    shop = mock_of(request).shop
    return page(
        "shop_order.html",
        request,
        order_id=order_id,
        state=standing(shop, order_id),
        notifications=[_notification(each) for each in shop.of_order(order_id)],
    )


def standing(shop: Shop, order_id: str) -> tuple[str, str]:
    """The kind and text of a badge: what the last notification that matters says of an order."""
    types = [str((each["content"] or {}).get("type")) for each in shop.of_order(order_id)]
    return next((_STATES[each] for each in reversed(types) if each in _STATES), ("", "not paid"))


def _notification(notification: Mapping[str, Any]) -> dict[str, Any]:
    content = notification["content"] or {}
    data = content.get("data") or {}
    payment = data.get("payment") or data
    return {
        "at": notification["at"],
        "type": content.get("type"),
        "verified": notification["verified"],
        "amount": payment.get("amount_display") or "",
    }


async def _checkout_url(config: MockConfig, order_id: str) -> tuple[str, str]:
    """The address of a new order's checkout; or an empty one, and why."""
    if config.shop_service_key is None:
        return "", "This shop has no key of the payment service."
    body = {
        "order_id": order_id,
        "amount": sum(line["amount"] for line in CART),
        "currency": "INR",
        "breakdown": list(CART),
        "customer": {"ref": "cust-8812", "phone": "9876543210", "name": "Demo Customer"},
        "return_url": f"{config.public_url}/shop/orders/{order_id}",
        "expires_in": _EXPIRES_IN,
    }
    headers = {"Authorization": f"Bearer {config.shop_service_key}", "Idempotency-Key": order_id}
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            answer = await client.post(
                f"{config.service_url}/v1/payments", json=body, headers=headers
            )
    except httpx.HTTPError:
        return "", "The payment service does not answer."
    if answer.status_code != httpx.codes.CREATED:
        return "", f"The payment service answered {answer.status_code}."
    return str(answer.json()["checkout"]["url"]), ""
