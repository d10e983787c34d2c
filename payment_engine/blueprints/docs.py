"""The description of the API, for programs and for people."""

from functools import cache

import orjson
from sanic import Blueprint, HTTPResponse, Request

from payment_engine.assets import Asset
from payment_engine.blueprints.openapi import document
from payment_engine.read_route import read_route

blueprint = Blueprint("docs")


@read_route(blueprint, "/v1/openapi.json")
async def openapi(request: Request) -> HTTPResponse:
    """The OpenAPI description of every route."""
    asset = _served()
    reply = asset.reply(
        accept_encoding=request.headers.get("accept-encoding", ""),
        if_none_match=request.headers.get("if-none-match", ""),
    )
    headers = {**reply.headers, "Cache-Control": "no-cache"}
    return HTTPResponse(reply.body, reply.status, headers, asset.kind)


@cache
def _served() -> Asset:
    """Made once: describing every operation takes tens of milliseconds."""
    return Asset(orjson.dumps(document()), "application/json")
