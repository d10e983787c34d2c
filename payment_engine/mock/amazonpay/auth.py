"""Who may call: a seller whose signature matches the request and has not expired."""

import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Protocol

from sanic import HTTPResponse, Request

from payment_engine.mock.amazonpay.errors import Refusal, invalid, unauthorized
from payment_engine.mock.amazonpay.signing import ALGORITHM, Message
from payment_engine.mock.amazonpay.state import AmazonPay, amazonpay_of
from payment_engine.mock.amazonpay.wire import (
    Content,
    Fields,
    answer,
    api_path,
    parse_json,
    query_of,
    signed_host,
)

SIGNED_HEADERS = (
    "x-amz-client-id",
    "x-amz-source",
    "x-amz-user-ip",
    "x-amz-user-agent",
    "x-amz-algorithm",
    "x-amz-date",
    "x-amz-expires",
)
"""The headers that a signature covers."""
_AUTHORIZATION = re.compile(r"AMZ[ +]([^:\s]+):([A-Za-z0-9_-]{64})")
_SOURCES = frozenset({"Android", "iOS", "Browser", "Server"})
_CLOCK_SKEW = timedelta(minutes=5)


class Handler(Protocol):
    """Handles a signed call, whose fields are texts; its answer may be empty."""

    __name__: str

    def __call__(self, amazonpay: AmazonPay, fields: Fields, /) -> Content:
        """Raises Refusal."""


def signed(handler: Handler) -> Callable[[Request], Any]:
    """The route of a ``handler`` that only signed calls reach, and whose answers are signed."""

    @wraps(handler)
    async def route(request: Request) -> HTTPResponse:
        amazonpay = amazonpay_of(request)
        request.ctx.content = {}
        status = 200
        try:
            message = _signed_message(amazonpay, request)
            verify(amazonpay, request.headers, message)
            request.ctx.content = handler(amazonpay, _texts(message))
        except RecursionError:
            request.ctx.content = invalid("the body, which is too deep").body
            status = 400
        except Refusal as refusal:
            request.ctx.content = refusal.body
            status = refusal.http_status
        return answer(request, request.ctx.content, status)

    return route


def _signed_message(amazonpay: AmazonPay, request: Request) -> Message:
    headers = {n: request.headers[n] for n in SIGNED_HEADERS if n in request.headers}
    return Message(
        method=request.method,
        host=signed_host(amazonpay, request),
        path=api_path(request),
        query=query_of(request),
        headers=headers,
        body=parse_json(request.body),
    )


def _texts(message: Message) -> Fields:
    fields = {**message.query, **message.body}
    return {name: str(value) for name, value in fields.items() if value is not None}


def verify(amazonpay: AmazonPay, headers: Mapping[str, str], message: Message) -> None:
    """Let a call through, or raise Refusal."""
    if missing := [name for name in SIGNED_HEADERS if not message.headers.get(name)]:
        raise unauthorized(f"Missing: {', '.join(missing)}.")
    _check_signature(amazonpay, headers.get("authorization", ""), message)
    _check_age(amazonpay, message)
    _check_merchant(amazonpay, message)
    if message.headers["x-amz-source"] not in _SOURCES:
        raise invalid("x-amz-source")


def _check_signature(amazonpay: AmazonPay, authorization: str, message: Message) -> None:
    match = _AUTHORIZATION.fullmatch(authorization)
    config = amazonpay.config
    if not match or message.headers["x-amz-algorithm"] != ALGORITHM:
        raise unauthorized("The Authorization header or the algorithm makes no sense.")
    if not hmac.compare_digest(match[1].encode(), config.access_key.encode()):
        raise unauthorized("The access key is unknown.")
    if not hmac.compare_digest(match[2], message.sign(config.secret_key)):
        raise unauthorized("The signature does not match the request.")


def _check_age(amazonpay: AmazonPay, message: Message) -> None:
    now = amazonpay.world.clock.now()
    try:
        date = datetime.strptime(str(message.headers["x-amz-date"]), "%Y%m%dT%H%M%S%z")
        life = timedelta(seconds=int(str(message.headers["x-amz-expires"])))
        fresh = date - _CLOCK_SKEW <= now <= date + life
    except (ValueError, OverflowError):
        raise invalid("x-amz-date or x-amz-expires") from None
    if not fresh:
        raise Refusal("AuthorizationExpired", "The request was signed at another time.")


def _check_merchant(amazonpay: AmazonPay, message: Message) -> None:
    merchant_id = message.query.get("merchantId") or message.body.get("merchantId")
    if not merchant_id:
        raise invalid("merchantId")
    if merchant_id != message.headers["x-amz-client-id"]:
        raise Refusal("MerchantIdMismatch", "merchantId and x-amz-client-id differ.")
    if merchant_id != amazonpay.config.merchant_id:
        raise Refusal("InvalidMerchantId", "No such merchant.")
