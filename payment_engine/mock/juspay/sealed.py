"""The ``/v4`` paths: the same calls, with bodies that are signed and encrypted both ways."""

import json
from dataclasses import dataclass
from functools import cache

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from sanic import HTTPResponse, Request

from payment_engine.mock.distort import distort
from payment_engine.mock.juspay import errors, jose
from payment_engine.mock.juspay.book import juspay_of
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.mock.script import Scripted

_PREFIX = "/juspay/v4/"


@dataclass(frozen=True)
class Keys:
    """What both sides need to read and believe each other."""

    kid: str
    ours: RSAPrivateKey
    theirs: RSAPublicKey


def is_sealed(request: Request) -> bool:
    """Whether the call is one whose bodies are encrypted."""
    return request.path.startswith(_PREFIX)


def open_body(request: Request) -> bytes:
    """What the merchant encrypted; the signature stands in for the API key.

    Raises Refusal, which is told in plain JSON.
    """
    if not hasattr(request.ctx, "opened"):
        try:
            keys = _keys(juspay_of(request).config)
            kid, content = jose.unseal(json.loads(request.body), keys.ours, keys.theirs)
        except (ValueError, RecursionError, jose.NotOurs):
            raise errors.access_denied() from None
        if kid != keys.kid:
            raise errors.access_denied()
        request.ctx.opened = content
    opened: bytes = request.ctx.opened
    return opened


async def seal_answer(request: Request, response: HTTPResponse) -> None:
    """Encrypt an answer; only good ones are, clients read the others as they are."""
    if is_sealed(request) and response.status < 300 and response.body:
        request.ctx.plain = response.body
        response.body = _sealed(juspay_of(request).config, response.body)


def lie(request: Request, response: HTTPResponse, scripted: Scripted) -> HTTPResponse:
    """A lie, sealed as the truth would be; ``forge`` signs it with another key, ``unsigned``
    leaves it open. Where nothing is sealed, those two change nothing.
    """
    plain: bytes | None = getattr(request.ctx, "plain", None)
    body = orjson.dumps(distort(orjson.loads(plain or response.body or b"{}"), scripted))
    if plain and scripted.kind != "unsigned":
        config = juspay_of(request).config
        body = _sealed(config, body, _stranger() if scripted.kind == "forge" else None)
    spoiled = HTTPResponse(body, status=response.status, content_type="application/json")
    spoiled.headers.extend(response.headers)
    return spoiled


def _sealed(config: JuspayConfig, body: bytes, signer: RSAPrivateKey | None = None) -> bytes:
    keys = _keys(config)
    return orjson.dumps(jose.seal(body, keys.kid, signer or keys.ours, keys.theirs))


def _keys(config: JuspayConfig) -> Keys:
    """Raises Refusal for an account without keys."""
    if not (config.jwt_key_id and config.jwt_private_key and config.merchant_public_key):
        raise errors.access_denied()
    ours = jose.private_key(config.jwt_private_key)
    return Keys(config.jwt_key_id, ours, jose.public_key(config.merchant_public_key))


@cache
def _stranger() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)
