"""Orders and refunds by the control API: the truth about them, and what their customers do."""

from itertools import chain
from typing import Any
from urllib.parse import unquote

from sanic import HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control.reading import Unknown, body_of, done, found_order, gateway_of
from payment_engine.mock.ledger import account_json
from payment_engine.mock.state import Mock, mock_of


async def listing(request: Request) -> HTTPResponse:
    """Every order, newest first within its gateway; of one ``gateway`` or ``status`` if named."""
    mock, status = mock_of(request), request.args.get("status")
    wanted = request.args.get("gateway")
    gateways = [gateway_of(mock, wanted)] if wanted else mock.gateways.values()
    found = chain.from_iterable(each.truths() for each in gateways)
    return json(
        {"orders": [_with_ledger(mock, one) for one in found if status in (None, one["status"])]}
    )


async def one(request: Request, order_id: str) -> HTTPResponse:
    """One order, its attempts, and what really moved for it in paise."""
    mock = mock_of(request)
    found = found_order(mock, unquote(order_id), request.args.get("gateway"))
    return json(_with_ledger(mock, found[1]))


async def act(request: Request, order_id: str, action: str) -> HTTPResponse:
    """``approve`` (a failed attempt too: a late success), ``decline`` with a ``reason``,
    ``auto_refund``, or ``status`` with any raw ``status``; of ``txn_uuid`` or the last attempt.

    ``?gateway=`` says whose order it is, where two have one of that id.
    """
    mock = mock_of(request)
    gateway, truth = found_order(mock, unquote(order_id), request.args.get("gateway"))
    gateway.act(truth["order_id"], action, body_of(request))
    return done(request, _with_ledger(mock, gateway.truth(truth["order_id"]) or truth))


async def end_refund(request: Request, refund_id: str, action: str) -> HTTPResponse:
    """``succeed``, ``fail``, ``review`` or, after a success, ``bounce`` a refund by the id that
    its merchant gave it.
    """
    ref = unquote(refund_id)
    for gateway in mock_of(request).gateways.values():
        if status := gateway.end_refund(ref, action):
            return done(request, {"refund": ref, "status": status})
    raise Unknown(f"no gateway knows a refund {ref}")


def _with_ledger(mock: Mock, truth: dict[str, Any]) -> dict[str, Any]:
    account = mock.world.ledger.account(truth["gateway"], truth["order_id"])
    return truth | {"ledger": account_json(account)}


ROUTES = (
    (listing, "GET", "/orders"),
    (one, "GET", "/orders/<order_id>"),
    (act, "POST", "/orders/<order_id>/<action>"),
    (end_refund, "POST", "/refunds/<refund_id>/<action>"),
)
