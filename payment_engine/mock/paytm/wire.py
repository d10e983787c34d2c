"""Reads Paytm's head and body, keeping the body's raw text, and writes answers in its style."""

import json
import re
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock import tampering
from payment_engine.mock.form import form_of
from payment_engine.mock.money import paise_of, rupees_text
from payment_engine.mock.paytm.errors import Refusal, result_info
from payment_engine.mock.paytm.model import INSTRUMENTS
from payment_engine.mock.paytm.signing import sign
from payment_engine.mock.paytm.state import Paytm, paytm_of
from payment_engine.mock.script import Scripted

_JSON = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\r\n]*")
_UNSAFE = re.compile(r"[^ -~]|[\"'/\\]")
"""Characters in a signed answer that break a published client."""
_LOGGED_FIELDS = frozenset(
    {
        "mid",
        "orderId",
        "requestType",
        "websiteName",
        "callbackUrl",
        "paymentMode",
        "paymentFlow",
        "channelCode",
        "authMode",
        "txnType",
        "txnId",
        "refId",
        "refundAmount",
        "referenceId",
        "bin",
        "type",
        "MID",
        "ORDERID",
    }
)
_WRONG_KEY = "somebody-elses-k"
_AMOUNT_FIELDS = ("refundAmount", "txnAmount", "REFUNDAMOUNT", "TXNAMOUNT")


class Malformed(Exception):
    """A request that is not a JSON object with a head and a body."""


@dataclass(frozen=True)
class Message:
    """A request; ``text`` is the body exactly as it was sent, which is what is signed."""

    head: dict[str, Any]
    body: dict[str, Any]
    text: str

    def field(self, name: str) -> str:
        """A text of the body; empty where it is missing or not a text."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


def read_message(request: Request) -> Message:
    """Head and body in either order; a body may be missing. Raises Malformed."""
    try:
        values, texts = _parse_members(request.body.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    head = values.get("head", {})
    body = values.get("body", {})
    if not isinstance(head, dict) or not isinstance(body, dict):
        raise Malformed
    return Message(head, body, texts.get("body", ""))


@dataclass(frozen=True)
class Reply:
    """The content of an answer, stored with the request so that a script can alter it."""

    body: dict[str, Any]
    signed: bool
    flat: bool = False
    """Without an envelope, as the oldest calls are answered."""


def answer(request: Request, body: dict[str, Any], *, signed: bool = False) -> HTTPResponse:
    """HTTP 200 with a body; signed for the calls whose requests are signed."""
    request.ctx.reply = Reply(body, signed)
    return write_answer(paytm_of(request), request.ctx.reply)


def answer_flat(request: Request, fields: dict[str, str]) -> HTTPResponse:
    """HTTP 200 with upper-case fields and no envelope."""
    request.ctx.reply = Reply(fields, signed=False, flat=True)
    return write_answer(paytm_of(request), request.ctx.reply)


def write_answer(paytm: Paytm, reply: Reply, *, key: str | None = None) -> HTTPResponse:
    """The HTTP answer, signed with ``key`` or else with the merchant's."""
    text = compact_json(without_unsafe(reply.body) if reply.signed else reply.body)
    if not reply.flat:
        text = envelope(paytm, text, (key or paytm.key) if reply.signed else None)
    return HTTPResponse(text, content_type="application/json")


def envelope(paytm: Paytm, body: str, key: str | None) -> str:
    """Head first, then the body that the head signs; unsigned without a key."""
    head = {"responseTimestamp": paytm.timestamp(), "version": "v1"}
    if key:
        head["signature"] = sign(body, key, paytm.salt())
    return f'{{"head":{compact_json(head)},"body":{body}}}'


def refuse(request: Request, error: Exception) -> HTTPResponse:
    """A Refusal as an unsigned answer."""
    if not isinstance(error, Refusal):
        raise error
    return answer(request, result_info(error.status, error.code))


def compact_json(value: Any) -> str:
    """JSON without blanks, non-ASCII escaped."""
    return json.dumps(value, separators=(",", ":"))


def without_unsafe(value: Any) -> Any:
    """A copy without the characters that break a published client."""
    if isinstance(value, dict):
        return {name: without_unsafe(each) for name, each in value.items()}
    if isinstance(value, list):
        return [without_unsafe(each) for each in value]
    return _UNSAFE.sub("", value) if isinstance(value, str) else value


def _parse_members(text: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The members of a JSON object, and the exact text of each value."""
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    at = _skip(text, 0, "{")
    while text[at : at + 1] != "}":
        name, at = _JSON.raw_decode(text, at)
        if not isinstance(name, str):
            raise ValueError(name)
        start = _skip(text, at, ":")
        values[name], end = _JSON.raw_decode(text, start)
        texts[name] = text[start:end]
        at = _skip(text, end, ",", closing=True)
    if text[at + 1 :].strip():
        raise ValueError(at)
    return values, texts


def _skip(text: str, at: int, mark: str, *, closing: bool = False) -> int:
    """The position after blanks and ``mark``, or that of the closing brace if ``closing``."""
    at = _skip_blanks(text, at)
    if closing and text[at : at + 1] == "}":
        return at
    if text[at : at + 1] != mark:
        raise ValueError(at)
    return _skip_blanks(text, at + 1)


def _skip_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def request_facts(request: Request) -> tuple[str | None, dict[str, str]]:
    """The order id and the loggable fields of a request: an allow-list, for the rest may be secret.

    Never raises.
    """
    fields = {
        name: str(request.args.get(name))
        for name in ("mid", "orderId", "referenceId")
        if request.args.get(name)
    }
    body = _request_body(request)
    fields |= {
        name: value
        for name, value in body.items()
        if isinstance(value, str) and name in _LOGGED_FIELDS
    }
    amount = body.get("txnAmount")
    if isinstance(amount, dict):
        fields["txnAmount"] = str(amount.get("value"))
    return fields.get("orderId") or fields.get("ORDERID"), fields


def payment_facts(fields: dict[str, str]) -> tuple[str | None, str | None]:
    """The instrument and the bank that a request names."""
    mode = fields.get("paymentMode")
    return mode and INSTRUMENTS.get(mode, "WALLET"), fields.get("channelCode")


def _request_body(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(request.body) if request.body[:1] in b"{ \n" else form_of(request)
    except (ValueError, RecursionError):
        return {}
    body = content.get("body", content) if isinstance(content, dict) else {}
    return body if isinstance(body, dict) else {}


def tamper(request: Request, response: HTTPResponse, scripted: Scripted) -> HTTPResponse:
    """The answer changed as scripted and signed again; pages stay as they are.

    ``unsigned`` omits the signature, ``forge`` signs with another key.
    """
    reply: Reply | None = getattr(request.ctx, "reply", None)
    if reply is None:
        return response
    paytm = paytm_of(request)
    key = signing_key(paytm, scripted)
    altered = Reply(tampered(reply.body, scripted), reply.signed and key is not None, reply.flat)
    return write_answer(paytm, altered, key=key)


def signing_key(paytm: Paytm, scripted: Scripted | None) -> str | None:
    """The key to sign with: the merchant's, or as scripted another or none."""
    kind = scripted.kind if scripted else ""
    if kind == "unsigned":
        return None
    return _WRONG_KEY if kind.startswith("forge") else paytm.key


def tampered(content: dict[str, Any], scripted: Scripted | None) -> dict[str, Any]:
    """A copy of a body or form changed as scripted.

    ``status`` takes ``status``, ``code`` and ``message``; ``wrong_amount`` takes ``amount`` in
    rupees, or else adds one rupee.
    """
    if scripted is None:
        return content
    kind = scripted.kind
    behaviour = scripted.behaviour
    if kind == "strings":
        changed: dict[str, Any] = tampering.tampered(content, scripted)
        return changed
    if kind == "status" or (kind == "forge_webhook" and "status" in behaviour):
        content = _tampered_status(content, behaviour)
    if kind == "wrong_amount" or (kind == "forge_webhook" and "amount" in behaviour):
        content = _tampered_amount(content, behaviour)
    return content


def _tampered_status(content: dict[str, Any], behaviour: dict[str, Any]) -> dict[str, Any]:
    status = str(behaviour.get("status", "MYSTERY"))
    if "STATUS" in content:
        names = {
            "STATUS": status,
            "RESPCODE": behaviour.get("code"),
            "RESPMSG": behaviour.get("message"),
        }
        return content | {n: str(v) for n, v in names.items() if v is not None}
    if "resultInfo" not in content:
        return content | {"status": status}
    info = {
        "resultStatus": status,
        "resultCode": behaviour.get("code"),
        "resultMsg": behaviour.get("message"),
    }
    changes = {name: str(value) for name, value in info.items() if value is not None}
    return content | {"resultInfo": content["resultInfo"] | changes}


def _tampered_amount(content: dict[str, Any], behaviour: dict[str, Any]) -> dict[str, Any]:
    name = next((each for each in _AMOUNT_FIELDS if each in content), None)
    if name is None:
        return content
    amount = str(behaviour.get("amount", "")) or rupees_text((paise_of(content[name]) or 0) + 100)
    paise = paise_of(amount)
    return content | {name: amount if paise is None else rupees_text(paise)}
