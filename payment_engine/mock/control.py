"""The control API for tests and demos: scripts, outcomes on demand, and the truth."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.juspay import outcomes, refunds
from payment_engine.mock.juspay.book import Juspay
from payment_engine.mock.juspay.errors import Refusal
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.webhooks import announce, shown
from payment_engine.mock.ledger import account_json
from payment_engine.mock.postman import Delivery
from payment_engine.mock.script import BadScript, Scripted
from payment_engine.mock.state import Mock, mock_of, new_mock

_REFUND_ACTIONS = {"succeed": "SUCCESS", "fail": "FAILURE", "review": "MANUAL_REVIEW"}


class Impossible(Exception):
    """What was asked of the control API cannot be done; the message says why."""


def control_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("control", url_prefix="/control")
    routes.add_route(orders, "/orders")
    routes.add_route(order, "/orders/<order_id>")
    routes.add_route(act, "/orders/<order_id>/<action>", methods=["POST"])
    routes.add_route(end_refund, "/refunds/<refund_id>/<action>", methods=["POST"])
    routes.add_route(scripts, "/scripts")
    routes.add_route(add_script, "/scripts", methods=["POST"])
    routes.add_route(drop_scripts, "/scripts", methods=["DELETE"])
    routes.add_route(reset, "/reset", methods=["POST"])
    routes.add_route(advance, "/clock", methods=["POST"])
    routes.add_route(tell_shop, "/shop", methods=["POST"])
    routes.add_route(ledger, "/ledger")
    routes.add_route(requests, "/requests")
    routes.add_route(webhooks, "/webhooks")
    routes.exception(Impossible, BadScript, Refusal)(_cannot)
    return routes


async def orders(request: Request) -> HTTPResponse:
    """Every order, newest first."""
    mock = mock_of(request)
    return json({"orders": [_truth(mock, each) for each in reversed(mock.juspay.orders.values())]})


async def order(request: Request, order_id: str) -> HTTPResponse:
    """One order, its attempts, and what really moved for it in paise."""
    mock = mock_of(request)
    return json(_truth(mock, mock.juspay.order(unquote(order_id))))


async def act(request: Request, order_id: str, action: str) -> HTTPResponse:
    """``approve`` (a failed attempt too: a late success), ``decline`` with a ``reason``,
    ``auto_refund``, or ``status`` with any raw ``status``; of ``txn_uuid`` or the last attempt.
    """
    mock, body = mock_of(request), _body(request)
    found = mock.juspay.order(unquote(order_id))
    if action not in _ACTIONS:
        raise Impossible(f"an order's actions are {', '.join(_ACTIONS)}")
    if not _ACTIONS[action](mock.juspay, found, _txn(found, body), body):
        raise Impossible(f"cannot {action} an order that is {found.status}, or not for that reason")
    return json(_truth(mock, found))


async def end_refund(request: Request, refund_id: str, action: str) -> HTTPResponse:
    """``succeed``, ``fail`` or ``review`` a refund by its ``unique_request_id``."""
    juspay = mock_of(request).juspay
    pairs = ((each, refund) for each in juspay.orders.values() for refund in each.refunds)
    wanted = (pair for pair in pairs if pair[1].unique_request_id == unquote(refund_id))
    found = next(wanted, None)
    if not found or action not in _REFUND_ACTIONS:
        raise Impossible(f"no such refund, or not one of {', '.join(_REFUND_ACTIONS)}")
    refunds.finish(juspay, *found, _REFUND_ACTIONS[action])
    return json({"refund": refund_id, "status": found[1].status})


async def scripts(request: Request) -> HTTPResponse:
    """What still waits to happen."""
    return json({"scripts": [_script_json(each) for each in mock_of(request).world.script.waiting]})


async def add_script(request: Request) -> HTTPResponse:
    """Queue ``{"match": {...}, "times": 1, "behaviour": {"kind": ...}}``."""
    return json(_script_json(mock_of(request).world.script.add(_body(request))), status=201)


async def drop_scripts(request: Request) -> HTTPResponse:
    """Let everything go its usual way again."""
    mock_of(request).world.script.waiting.clear()
    return json({"scripts": []})


async def reset(request: Request) -> HTTPResponse:
    """Forget everything."""
    world = mock_of(request).world
    request.app.ctx.mock = new_mock(world.config)
    await world.end()
    return json({"reset": True})


async def advance(request: Request) -> HTTPResponse:
    """Let ``{"advance": seconds}`` pass for tokens and windows; timers run on as they are."""
    seconds = _body(request).get("advance")
    if not isinstance(seconds, int | float):
        raise Impossible("advance is a number of seconds")
    clock = mock_of(request).world.clock
    clock.advance(seconds)
    return json({"now": clock.stamp()})


async def tell_shop(request: Request) -> HTTPResponse:
    """``{"answer": 500, "times": 2}`` makes the shop fail; ``{"secret"}`` is its new secret."""
    shop, body = mock_of(request).shop, _body(request)
    if "secret" in body:
        shop.secret = body["secret"]
    if "answer" in body:
        shop.fail(int(body["answer"]), int(body.get("times", 1)))
    return json({"failures_left": shop.times})


async def ledger(request: Request) -> HTTPResponse:
    """What customers were really charged and given back, in paise."""
    return json(mock_of(request).world.ledger.as_json())


async def requests(request: Request) -> HTTPResponse:
    """The last requests to gateways, oldest first; of one ``order_id`` if named."""
    wanted = request.args.get("order_id")
    heard = mock_of(request).world.requests
    return json({"requests": [each for each in heard if wanted in (None, each["order_id"])]})


async def webhooks(request: Request) -> HTTPResponse:
    """The last webhooks, oldest first, and how each try was answered."""
    wanted = request.args.get("order_id")
    sent = mock_of(request).world.postman.sent
    return json(
        {"webhooks": [_sent_json(each) for each in sent if wanted in (None, each.order_id)]}
    )


def _approve(juspay: Juspay, order: Order, txn: Txn, _: dict[str, Any]) -> bool:
    return outcomes.approve(juspay, order, txn, late=True)


def _decline(juspay: Juspay, order: Order, txn: Txn, body: dict[str, Any]) -> bool:
    return outcomes.decline(juspay, order, txn, str(body.get("reason", "declined")))


def _auto_refund(juspay: Juspay, order: Order, txn: Txn, _: dict[str, Any]) -> bool:
    return outcomes.auto_refund(juspay, order, txn)


def _status(juspay: Juspay, order: Order, txn: Txn, body: dict[str, Any]) -> bool:
    """Say a raw status from now on; no money moves. ``event`` names a webhook to send with it."""
    txn.status = str(body.get("status", "MYSTERY"))
    if body.get("event"):
        announce(juspay, str(body["event"]), order)
    return True


_ACTIONS: dict[str, Callable[[Juspay, Order, Txn, dict[str, Any]], bool]] = {
    "approve": _approve,
    "decline": _decline,
    "auto_refund": _auto_refund,
    "status": _status,
}


def _txn(order: Order, body: dict[str, Any]) -> Txn:
    wanted = body.get("txn_uuid")
    found = [txn for txn in order.txns if wanted in (None, txn.txn_uuid)]
    if not found:
        raise Impossible("the order has no such attempt")
    return found[-1]


def _body(request: Request) -> dict[str, Any]:
    content = request.json if request.body else {}
    if not isinstance(content, dict):
        raise Impossible("the body is a JSON object")
    return content


def _cannot(_: Request, error: Exception) -> HTTPResponse:
    return json({"error": str(error)}, status=404 if isinstance(error, Refusal) else 400)


def _truth(mock: Mock, order: Order) -> dict[str, Any]:
    return {
        "gateway": "juspay",
        "order_id": order.order_id,
        "amount": order.amount,
        "status": order.status,
        "txns": [{"txn_uuid": txn.txn_uuid, "status": txn.status} for txn in order.txns],
        "ledger": account_json(mock.world.ledger.account(order.order_id)),
        "shown": shown(mock.juspay, order),
    }


def _script_json(scripted: Scripted) -> dict[str, Any]:
    return {
        "stage": scripted.stage,
        "match": scripted.match,
        "times": scripted.times,
        "behaviour": scripted.behaviour,
    }


def _sent_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.event_id,
        "event": delivery.event,
        "order_id": delivery.order_id,
        "tries": delivery.tries,
        "delivered": delivery.delivered,
    }
