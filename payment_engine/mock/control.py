"""The control API for tests and demos: scripts, outcomes on demand, and the truth."""

from itertools import chain
from typing import Any
from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.imitation import Imitation, Impossible
from payment_engine.mock.ledger import account_json
from payment_engine.mock.postman import Delivery
from payment_engine.mock.script import BadScript, Scripted
from payment_engine.mock.state import Mock, mock_of, new_mock


class Unknown(Impossible):
    """No gateway knows what was named."""


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
    routes.exception(Impossible, BadScript)(_cannot)
    return routes


async def orders(request: Request) -> HTTPResponse:
    """Every order of every gateway, newest first within each."""
    mock = mock_of(request)
    found = chain.from_iterable(each.truths() for each in mock.gateways.values())
    return json({"orders": [_with_ledger(mock, truth) for truth in found]})


async def order(request: Request, order_id: str) -> HTTPResponse:
    """One order, its attempts, and what really moved for it in paise."""
    mock = mock_of(request)
    return json(_with_ledger(mock, _found(mock, unquote(order_id))[1]))


async def act(request: Request, order_id: str, action: str) -> HTTPResponse:
    """``approve`` (a failed attempt too: a late success), ``decline`` with a ``reason``,
    ``auto_refund``, or ``status`` with any raw ``status``; of ``txn_uuid`` or the last attempt.
    """
    mock = mock_of(request)
    gateway, truth = _found(mock, unquote(order_id))
    gateway.act(truth["order_id"], action, _body(request))
    return json(_with_ledger(mock, _found(mock, truth["order_id"])[1]))


async def end_refund(request: Request, refund_id: str, action: str) -> HTTPResponse:
    """``succeed``, ``fail`` or ``review`` a refund by the id its merchant gave it."""
    ref = unquote(refund_id)
    for gateway in mock_of(request).gateways.values():
        if status := gateway.end_refund(ref, action):
            return json({"refund": ref, "status": status})
    raise Unknown(f"no gateway knows a refund {ref}")


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


def _found(mock: Mock, order_id: str) -> tuple[Imitation, dict[str, Any]]:
    for gateway in mock.gateways.values():
        if truth := gateway.truth(order_id):
            return gateway, truth
    raise Unknown(f"no gateway knows an order {order_id}")


def _body(request: Request) -> dict[str, Any]:
    content = request.json if request.body else {}
    if not isinstance(content, dict):
        raise Impossible("the body is a JSON object")
    return content


def _cannot(_: Request, error: Exception) -> HTTPResponse:
    return json({"error": str(error)}, status=404 if isinstance(error, Unknown) else 400)


def _with_ledger(mock: Mock, truth: dict[str, Any]) -> dict[str, Any]:
    account = mock.world.ledger.account(truth["gateway"], truth["order_id"])
    return truth | {"ledger": account_json(account)}


def _script_json(scripted: Scripted) -> dict[str, Any]:
    return {
        "stage": scripted.stage,
        "match": scripted.match,
        "times": scripted.times,
        "behaviour": scripted.behaviour,
    }


def _sent_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "gateway": delivery.gateway,
        "id": delivery.event_id,
        "event": delivery.event,
        "order_id": delivery.order_id,
        "tries": delivery.tries,
        "delivered": delivery.delivered,
    }
