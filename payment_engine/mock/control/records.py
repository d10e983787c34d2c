"""Records by the control API: the ledger, requests, webhooks, and the shop."""

from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control.request import body_of, respond
from payment_engine.mock.ledger import movement_json
from payment_engine.mock.state import mock_of
from payment_engine.mock.webhook_sender import Delivery


async def ledger(request: Request) -> HTTPResponse:
    """What customers were really charged and refunded, in paise, with totals; of one ``gateway`` or
    ``order_id`` if named.
    """
    args = request.args
    found = mock_of(request).world.ledger.as_json(args.get("gateway"), args.get("order_id"))
    return json(found)


async def movements(request: Request) -> HTTPResponse:
    """Each movement of the ledger; of one ``gateway``, ``order_id``, ``kind`` or ``instrument``
    if named.
    """
    filters = {name: request.args.get(name) for name in ("order_id", "kind", "instrument")}
    moved = mock_of(request).world.ledger.movements(request.args.get("gateway"))
    rows = [
        movement_json(each)
        for each in moved
        if all(value in (None, getattr(each, name)) for name, value in filters.items())
    ]
    return json({"movements": rows, "count": len(rows), "paise": _paise(rows)})


async def requests(request: Request) -> HTTPResponse:
    """The last requests to gateways, oldest first; of one ``order_id`` if named."""
    order_id = request.args.get("order_id")
    found = mock_of(request).world.requests
    return json({"requests": [each for each in found if order_id in (None, each["order_id"])]})


async def webhooks(request: Request) -> HTTPResponse:
    """The last webhooks, oldest first, and how each attempt was answered."""
    order_id = request.args.get("order_id")
    sent = mock_of(request).world.webhook_sender.sent
    found = [sent_json(each) for each in sent if order_id in (None, each.order_id)]
    return json({"webhooks": found})


async def set_shop(request: Request) -> HTTPResponse:
    """``{"answer": 500, "times": 2}`` makes the shop fail; ``{"secret"}`` replaces its secret."""
    shop = mock_of(request).shop
    body = body_of(request)
    if "secret" in body:
        shop.secret = body["secret"]
    if "answer" in body:
        shop.fail(int(body["answer"]), int(body.get("times", 1)))
    return respond(request, {"failures_left": shop.failures_left})


def sent_json(delivery: Delivery) -> dict[str, Any]:
    """A webhook and its attempts, without its body, which may have personal data."""
    return {
        "gateway": delivery.gateway,
        "id": delivery.event_id,
        "event": delivery.event,
        "order_id": delivery.order_id,
        "tries": delivery.tries,
        "times": delivery.times,
        "delivered": delivery.delivered,
        "forged": delivery.forged,
    }


def _paise(rows: list[dict[str, Any]]) -> dict[str, int]:
    kinds = ("charge", "refund", "bounce")
    return {kind: sum(row["paise"] for row in rows if row["kind"] == kind) for kind in kinds}


ROUTES = (
    (ledger, "GET", "/ledger"),
    (movements, "GET", "/movements"),
    (requests, "GET", "/requests"),
    (webhooks, "GET", "/webhooks"),
    (set_shop, "POST", "/shop"),
)
