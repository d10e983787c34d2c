"""Orders and refunds by the control API: how they really are, and actions on them."""

from itertools import chain
from typing import Any
from urllib.parse import unquote

from sanic import HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control.request import NotFound, body_of, find_order, gateway_of, respond
from payment_engine.mock.ledger import account_json
from payment_engine.mock.state import Mock, mock_of


async def listing(request: Request) -> HTTPResponse:
    """Every order, newest first within its gateway; of one ``gateway`` or ``status`` if named."""
    mock = mock_of(request)
    gateway = request.args.get("gateway")
    status = request.args.get("status")
    accounts = [gateway_of(mock, gateway)] if gateway else mock.gateways.values()
    found = chain.from_iterable(each.order_documents() for each in accounts)
    orders = [_with_ledger(mock, one) for one in found if status in (None, one["status"])]
    return json({"orders": orders})


async def one(request: Request, order_id: str) -> HTTPResponse:
    """One order, its attempts, and what really moved for it in paise."""
    mock = mock_of(request)
    _, document = find_order(mock, unquote(order_id), request.args.get("gateway"))
    return json(_with_ledger(mock, document))


async def act(request: Request, order_id: str, action: str) -> HTTPResponse:
    """Do ``approve`` (a failed attempt too: a late success), ``decline`` with a ``reason``,
    ``auto_refund``, ``arn`` of Paytm, or ``status`` with any raw ``status``, to ``txn_uuid`` or the
    last attempt.

    ``?gateway=`` names the gateway where two have an order of that id.
    """
    mock = mock_of(request)
    account, before = find_order(mock, unquote(order_id), request.args.get("gateway"))
    account.act(before["order_id"], action, body_of(request))
    return respond(
        request, _with_ledger(mock, account.order_document(before["order_id"]) or before)
    )


async def end_refund(request: Request, refund_id: str, action: str) -> HTTPResponse:
    """Do ``succeed``, ``fail``, ``review`` or, after a success, ``bounce`` to a refund, named by
    the merchant's id.
    """
    ref = unquote(refund_id)
    for gateway in mock_of(request).gateways.values():
        if status := gateway.end_refund(ref, action):
            return respond(request, {"refund": ref, "status": status})
    raise NotFound(f"no gateway knows a refund {ref}")


def _with_ledger(mock: Mock, document: dict[str, Any]) -> dict[str, Any]:
    account = mock.world.ledger.account(document["gateway"], document["order_id"])
    return document | {"ledger": account_json(account)}


ROUTES = (
    (listing, "GET", "/orders"),
    (one, "GET", "/orders/<order_id>"),
    (act, "POST", "/orders/<order_id>/<action>"),
    (end_refund, "POST", "/refunds/<refund_id>/<action>"),
)
