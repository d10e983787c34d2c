"""Reads calls exactly as they were sent, and writes answers, signed."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from sanic import HTTPResponse, Request

from payment_engine.mock.amazonpay.errors import Refusal, invalid
from payment_engine.mock.amazonpay.signing import ALGORITHM, Json, Message
from payment_engine.mock.amazonpay.state import AmazonPay, amazonpay_of
from payment_engine.mock.form import form_of
from payment_engine.mock.money import paise_of, rupees_text
from payment_engine.mock.script import Scripted

Content = Mapping[str, Json]
Fields = dict[str, str]
_HOSTS = frozenset({"amazonpay.amazon.in", "amazonpay-sandbox.amazon.in"})
_UNLOGGED_FIELDS = frozenset({"code", "client_secret", "code_verifier", "code_challenge"})
_AMOUNT_FIELDS = frozenset({"requestedAmount", "approvedAmount", "amount", "refundedFee"})


def answer(
    request: Request,
    content: Content,
    status: int = 200,
    *,
    secret: str | None = None,
    bare: bool = False,
) -> HTTPResponse:
    """An answer signed with the account's secret, with ``secret``, or not at all for ``""``.

    ``bare`` writes amounts as numbers.
    """
    amazonpay = amazonpay_of(request)
    world = amazonpay.world
    headers = {
        "x-amz-request-id": format_uuid(world.ids.hexes("", 32)),
        "x-amz-date": f"{world.clock.now():%Y%m%dT%H%M%SZ}",
    }
    key = amazonpay.config.secret_key if secret is None else secret
    if key and (status < 400 or amazonpay.config.sign_errors):
        message = _answer_message(amazonpay, request, content, headers)
        headers["x-amz-signature"] = message.sign(key)
    body = write_json(content, bare=bare) if content else b""
    return HTTPResponse(body, status=status, headers=headers, content_type="application/json")


def write_json(content: Content, *, bare: bool = False) -> bytes:
    """JSON; ``bare`` writes amounts as numbers with the digits they have as texts."""
    parts = (
        f"{json.dumps(name)}:{value if bare and name in _AMOUNT_FIELDS else json.dumps(value)}"
        for name, value in content.items()
    )
    return f"{{{','.join(parts)}}}".encode()


def parse_json(body: bytes) -> dict[str, Json]:
    """A JSON object whose numbers keep their text; empty for no body. Raises Refusal.

    Lone surrogates, which JSON can escape but nobody can sign, are refused too.
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


def request_facts(request: Request) -> tuple[str | None, Fields]:
    """The charge id and the loggable fields of a request; never raises."""
    fields = query_of(request)
    try:
        body = parse_json(request.body) if request.body.lstrip()[:1] == b"{" else form_of(request)
        fields |= {name: str(value) for name, value in body.items()}
    except Refusal:
        pass
    txn_id = fields.get("chargeId") or fields.get("txnId")
    logged = {name: value for name, value in fields.items() if name not in _UNLOGGED_FIELDS}
    return amazonpay_of(request).charge_id_of(txn_id) if txn_id else None, logged


def payment_facts(fields: Fields) -> tuple[str | None, str | None]:
    """Instrument and bank: every charge is paid from an Amazon Pay wallet."""
    return ("WALLET", "AMAZONPAY") if "chargeId" in fields else (None, None)


def format_uuid(digits: str) -> str:
    """32 hexadecimal digits in the groups of a UUID."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _answer_message(
    amazonpay: AmazonPay, request: Request, content: Content, headers: dict[str, str]
) -> Message:
    """What an answer's signature covers; for a GET, by the configured interpretation."""
    reading = amazonpay.config.response_reading
    get = request.method == "GET" and reading != "post"
    return Message(
        method="GET" if get else "POST",
        host=signed_host(amazonpay, request),
        path=api_path(request),
        query=query_of(request) if get and reading == "get-query" else {},
        headers={"x-amz-algorithm": ALGORITHM, **headers},
        body=content,
    )


def signed_host(amazonpay: AmazonPay, request: Request) -> str:
    """The host that a signature covers: the one called if it is real, else the configured one."""
    called = str(request.headers.get("host", "")).partition(":")[0].lower()
    return called if called in _HOSTS else amazonpay.config.host


def api_path(request: Request) -> str:
    """The path that a signature covers."""
    return request.path.removeprefix("/amazonpay")


def tamper(request: Request, response: HTTPResponse, scripted: Scripted) -> HTTPResponse:
    """The answer changed as scripted and signed again.

    ``forge`` signs the unchanged answer with another secret, ``unsigned`` not at all. Amounts are
    texts here, so ``strings`` turns them into numbers.
    """
    original: Content = getattr(request.ctx, "content", {})
    if not original:
        return response
    content = _tampered(original, scripted)
    secret = {"forge": "forged", "unsigned": ""}.get(scripted.kind)
    bare = scripted.kind == "strings"
    return answer(request, content, response.status, secret=secret, bare=bare)


def _tampered(content: Content, scripted: Scripted) -> Content:
    behaviour = scripted.behaviour
    if scripted.kind == "status" and "status" in content:
        return {**content, "status": str(behaviour.get("status", "MYSTERY"))}
    field = "approvedAmount" if "approvedAmount" in content else "amount"
    field = str(behaviour.get("field", field))
    if scripted.kind == "wrong_amount" and field in content:
        return {**content, field: _wrong_amount(str(content[field]), behaviour.get("amount"))}
    return content


def _wrong_amount(amount: str, scripted_amount: object) -> str:
    """The scripted amount, or one rupee more."""
    if scripted_amount is None:
        return rupees_text((paise_of(amount) or 0) + 100)
    return rupees_text(paise_of(str(scripted_amount)) or 0)
