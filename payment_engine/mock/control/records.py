"""Records by the control API: the ledger, what was asked, what was sent, and the shop."""

from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control.reading import body_of, done
from payment_engine.mock.ledger import movement_json
from payment_engine.mock.postman import Delivery
from payment_engine.mock.state import mock_of


async def ledger(request: Request) -> HTTPResponse:
    """What customers were really charged and given back, in paise, with totals; of one
    ``gateway`` or ``order_id`` if named.
    """
    args = request.args
    found = mock_of(request).world.ledger.as_json(args.get("gateway"), args.get("order_id"))
    return json(found)


async def movements(request: Request) -> HTTPResponse:
    """Each movement of the ledger; of one ``gateway``, ``order_id``, ``kind`` or ``instrument``
    if named.
    """
    wanted = {n: request.args.get(n) for n in ("order_id", "kind", "instrument")}
    moved = mock_of(request).world.ledger.movements(request.args.get("gateway"))
    rows = [
        movement_json(each)
        for each in moved
        if all(value in (None, getattr(each, name)) for name, value in wanted.items())
    ]
    return json({"movements": rows, "count": len(rows), "paise": _paise(rows)})


async def requests(request: Request) -> HTTPResponse:
    """The last requests to gateways, oldest first; of one ``order_id`` if named."""
    wanted = request.args.get("order_id")
    heard = mock_of(request).world.requests
    return json({"requests": [each for each in heard if wanted in (None, each["order_id"])]})


async def webhooks(request: Request) -> HTTPResponse:
    """The last webhooks, oldest first, and how each try was answered."""
    wanted = request.args.get("order_id")
    sent = mock_of(request).world.postman.sent
    return json({"webhooks": [sent_json(each) for each in sent if wanted in (None, each.order_id)]})


async def tell_shop(request: Request) -> HTTPResponse:
    """``{"answer": 500, "times": 2}`` makes the shop fail; ``{"secret"}`` is its new secret."""
    shop, body = mock_of(request).shop, body_of(request)
    if "secret" in body:
        shop.secret = body["secret"]
    if "answer" in body:
        shop.fail(int(body["answer"]), int(body.get("times", 1)))
    return done(request, {"failures_left": shop.times})


def sent_json(delivery: Delivery) -> dict[str, Any]:
    """A webhook and how it fared; not what it said, for that may be personal."""
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
    (tell_shop, "POST", "/shop"),
)
