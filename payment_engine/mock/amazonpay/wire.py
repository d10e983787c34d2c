"""Reads calls from what was sent, to the letter, and writes answers, signed."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Protocol
from urllib.parse import parse_qsl

from sanic import HTTPResponse, Request

from payment_engine.mock.amazonpay import verifying
from payment_engine.mock.amazonpay.book import AmazonPay, amazonpay_of
from payment_engine.mock.amazonpay.errors import Refusal, invalid
from payment_engine.mock.amazonpay.signing import ALGORITHM, Json, Message
from payment_engine.mock.form import form_of

Content = Mapping[str, Json]
Fields = dict[str, str]
_HOSTS = frozenset({"amazonpay.amazon.in", "amazonpay-sandbox.amazon.in"})
_UNSEEN = frozenset({"code", "client_secret", "code_verifier", "code_challenge"})
_AMOUNTS = frozenset({"requestedAmount", "approvedAmount", "amount", "refundedFee"})


class Handler(Protocol):
    """What does a signed call's work: its fields come as texts; its answer may be empty."""

    __name__: str

    def __call__(self, amazonpay: AmazonPay, fields: Fields, /) -> Content:
        """Raises Refusal."""


def signed(handler: Handler) -> Callable[[Request], Any]:
    """A route for ``handler``: only signed calls reach it, and its answers are signed."""

    @wraps(handler)
    async def route(request: Request) -> HTTPResponse:
        amazonpay = amazonpay_of(request)
        request.ctx.content, status = {}, 200
        try:
            message = _message(amazonpay, request)
            verifying.verify(amazonpay, request.headers, message)
            request.ctx.content = handler(amazonpay, _texts(message))
        except RecursionError:
            request.ctx.content, status = invalid("the body, which is too deep").body, 400
        except Refusal as refusal:
            request.ctx.content, status = refusal.body, refusal.http_status
        return answer(request, request.ctx.content, status)

    return route


def answer(
    request: Request,
    content: Content,
    status: int = 200,
    *,
    secret: str | None = None,
    bare: bool = False,
) -> HTTPResponse:
    """An answer signed with the account's secret, another one, or for ``""`` not at all.

    ``bare`` ones have amounts as numbers.
    """
    amazonpay = amazonpay_of(request)
    world = amazonpay.world
    headers = {
        "x-amz-request-id": uuid(world.ids.hexes("", 32)),
        "x-amz-date": f"{world.clock.now():%Y%m%dT%H%M%SZ}",
    }
    key = amazonpay.config.secret_key if secret is None else secret
    if key and (status < 400 or amazonpay.config.sign_errors):
        message = _answered(amazonpay, request, content, headers)
        headers["x-amz-signature"] = message.sign(key)
    body = write(content, bare=bare) if content else b""
    return HTTPResponse(body, status=status, headers=headers, content_type="application/json")


def write(content: Content, *, bare: bool = False) -> bytes:
    """JSON; ``bare`` writes amounts as numbers with the digits they have as texts."""
    parts = (
        f"{json.dumps(name)}:{value if bare and name in _AMOUNTS else json.dumps(value)}"
        for name, value in content.items()
    )
    return f"{{{','.join(parts)}}}".encode()


def json_of(body: bytes) -> dict[str, Json]:
    """A JSON object whose numbers keep their text; empty for no body. Raises Refusal.

    Halves of characters, which JSON can write and nobody can sign, make no sense either.
    """
    try:
        content = json.loads(body or b"{}", parse_float=str, parse_int=str, parse_constant=str)
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise invalid("the body, which is no JSON object")
    return content


def query_of(request: Request) -> Fields:
    """The query's parameters as they were sent; the last wins where a name repeats."""
    return dict(parse_qsl(request.query_string, keep_blank_values=True))


def seen(request: Request) -> tuple[str | None, Fields]:
    """The charge that a request is about, and its fields; for the record, so it never fails."""
    fields = query_of(request)
    try:
        body = json_of(request.body) if request.body.lstrip()[:1] == b"{" else form_of(request)
        fields |= {name: str(value) for name, value in body.items()}
    except Refusal:
        pass
    txn_id = fields.get("chargeId") or fields.get("txnId")
    known = {name: value for name, value in fields.items() if name not in _UNSEEN}
    return amazonpay_of(request).about(txn_id) if txn_id else None, known


def paying(fields: Fields) -> tuple[str | None, str | None]:
    """Instrument and bank: every charge is paid from a wallet of Amazon's."""
    return ("WALLET", "AMAZONPAY") if "chargeId" in fields else (None, None)


def uuid(digits: str) -> str:
    """32 hexadecimal digits in the groups of a UUID."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _message(amazonpay: AmazonPay, request: Request) -> Message:
    headers = {n: request.headers[n] for n in verifying.HEADERS if n in request.headers}
    return Message(
        method=request.method,
        host=_host(amazonpay, request),
        path=_path(request),
        query=query_of(request),
        headers=headers,
        body=json_of(request.body),
    )


def _answered(
    amazonpay: AmazonPay, request: Request, content: Content, headers: dict[str, str]
) -> Message:
    """What an answer's signature covers; for a GET that depends on the configured reading."""
    reading = amazonpay.config.response_reading
    get = request.method == "GET" and reading != "post"
    return Message(
        method="GET" if get else "POST",
        host=_host(amazonpay, request),
        path=_path(request),
        query=query_of(request) if get and reading == "get-query" else {},
        headers={"x-amz-algorithm": ALGORITHM, **headers},
        body=content,
    )


def _host(amazonpay: AmazonPay, request: Request) -> str:
    """A real host that was called is the one that was signed; for any other the configured one."""
    named = str(request.headers.get("host", "")).partition(":")[0].lower()
    return named if named in _HOSTS else amazonpay.config.host


def _path(request: Request) -> str:
    return request.path.removeprefix("/amazonpay")


def _texts(message: Message) -> Fields:
    fields = {**message.query, **message.body}
    return {name: str(value) for name, value in fields.items() if value is not None}
