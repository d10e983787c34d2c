"""Reads requests in every dialect that Juspay's clients speak, and writes its answers."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from sanic import HTTPResponse, Request

from payment_engine.mock.form import form_of
from payment_engine.mock.juspay import errors, signing
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.mock.juspay.errors import Refusal
from payment_engine.mock.juspay.state import juspay_of
from payment_engine.mock.script import Scripted
from payment_engine.mock.tampering import tampered

_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_PAGE = {"offset": 0, "count": 10}
_ENCRYPTED_PREFIX = "/juspay/v4/"


@dataclass(frozen=True)
class EncryptionKeys:
    """The keys of the encrypted ``/v4`` calls."""

    key_id: str
    juspay: RSAPrivateKey
    merchant: RSAPublicKey


def fields_of(request: Request) -> dict[str, str]:
    """Query and body as one flat mapping of dotted names to texts.

    Form and JSON are taken on every path; JSON may nest or carry dotted keys. Numbers keep the
    text they were sent as. Raises Refusal for a body that is no JSON object.
    """
    query = {name: values[-1] for name, values in request.args.items()}
    return {**query, **_body(request)}


def _body(request: Request) -> dict[str, str]:
    if is_encrypted(request):
        return _json(decrypted_body(request))
    if not request.body:
        return {}
    if "json" in (request.content_type or "") or request.body.lstrip()[:1] == b"{":
        return _json(request.body)
    return form_of(request)


def _json(body: bytes) -> dict[str, str]:
    try:
        content = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise errors.error("INVALID_INPUT", "Body is not a JSON object.")
    return flatten(content)


def flatten(content: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested objects as dotted names, lists joined with commas, booleans in lower case."""
    found: dict[str, str] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            found |= flatten(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = _text(value)
    return found


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(_text(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def request_facts(request: Request) -> tuple[str | None, dict[str, str]]:
    """The order id and the fields of a request, for the request log; never raises."""
    try:
        fields = fields_of(request)
    except Refusal:
        fields = {}
    order_id = request.match_info.get("order_id") or fields.get("order_id")
    if uuid := request.match_info.get("txn_uuid"):
        order, _ = request.app.ctx.mock.gateways["juspay"].state.txns.get(uuid, (None, None))
        order_id = order.order_id if order else None
    return order_id or fields.get("order.order_id"), fields


def payment_facts(fields: dict[str, str]) -> tuple[str | None, str | None]:
    """The instrument and the bank, wallet or network that a request names."""
    return fields.get("payment_method_type"), fields.get("payment_method")


def paged(found: list[dict[str, Any]], fields: dict[str, str]) -> dict[str, Any]:
    """The envelope of a list: ``count`` elements from ``offset`` on, and the total."""
    offset, count = (_whole_number(fields.get(name), default) for name, default in _PAGE.items())
    part = found[offset : offset + count]
    return {
        "object": "list",
        "list": part,
        "count": len(part),
        "offset": offset,
        "total": len(found),
    }


def _whole_number(text: str | None, default: int) -> int:
    return int(text) if text and _WHOLE_NUMBER.fullmatch(text) else default


def truthy(text: str | None) -> bool:
    """``True`` (Python), ``1`` (PHP) and ``true`` (Node) all mean yes."""
    return (text or "").lower() in ("true", "1")


def answer(content: dict[str, Any], status: int = 200) -> HTTPResponse:
    """A JSON answer."""
    return HTTPResponse(orjson.dumps(content), status=status, content_type="application/json")


def refuse(_: Request, refusal: Exception) -> HTTPResponse:
    """The answer of a Refusal."""
    if not isinstance(refusal, Refusal):
        raise refusal
    return answer(refusal.body, refusal.http_status)


def is_encrypted(request: Request) -> bool:
    """Whether the bodies of this call are encrypted."""
    return request.path.startswith(_ENCRYPTED_PREFIX)


def decrypted_body(request: Request) -> bytes:
    """What the merchant encrypted; its signature replaces the API key.

    Raises Refusal, which is answered in plain JSON.
    """
    if not hasattr(request.ctx, "decrypted"):
        try:
            keys = _keys(juspay_of(request).config)
            key_id, content = signing.decrypt(json.loads(request.body), keys.juspay, keys.merchant)
        except (ValueError, RecursionError, signing.BadMessage):
            raise errors.access_denied() from None
        if key_id != keys.key_id:
            raise errors.access_denied()
        request.ctx.decrypted = content
    body: bytes = request.ctx.decrypted
    return body


async def encrypt_answer(request: Request, response: HTTPResponse) -> None:
    """Encrypt an answer; refusals stay as they are, since clients read them so."""
    if is_encrypted(request) and response.status < 300 and response.body:
        request.ctx.plain = response.body
        response.body = _encrypted(juspay_of(request).config, response.body)


def tamper(request: Request, response: HTTPResponse, scripted: Scripted) -> HTTPResponse:
    """The answer changed as scripted, encrypted if the original was.

    ``forge`` signs it with another key and ``unsigned`` leaves it unencrypted; both change nothing
    where answers are not encrypted.
    """
    plain: bytes | None = getattr(request.ctx, "plain", None)
    body = orjson.dumps(tampered(orjson.loads(plain or response.body or b"{}"), scripted))
    if plain and scripted.kind != "unsigned":
        config = juspay_of(request).config
        body = _encrypted(config, body, _other_key() if scripted.kind == "forge" else None)
    altered = HTTPResponse(body, status=response.status, content_type="application/json")
    altered.headers.extend(response.headers)
    return altered


def _encrypted(config: JuspayConfig, body: bytes, signer: RSAPrivateKey | None = None) -> bytes:
    keys = _keys(config)
    return orjson.dumps(signing.encrypt(body, keys.key_id, signer or keys.juspay, keys.merchant))


def _keys(config: JuspayConfig) -> EncryptionKeys:
    """Raises Refusal for an account without keys."""
    if not (config.jwt_key_id and config.jwt_private_key and config.merchant_public_key):
        raise errors.access_denied()
    return EncryptionKeys(
        key_id=config.jwt_key_id,
        juspay=signing.private_key(config.jwt_private_key),
        merchant=signing.public_key(config.merchant_public_key),
    )


@cache
def _other_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)
