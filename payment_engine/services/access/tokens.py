"""Tokens: ours for the checkout and the status of one payment, and the shop's for its customers."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.jwt import ClaimsOption

from payment_engine.domain.callers import Caller, CallerKind
from payment_engine.domain.customer import is_customer_ref
from payment_engine.domain.errors import Unauthenticated
from payment_engine.domain.payment import Payment
from payment_engine.engine import Engine

AFTER_EXPIRY = timedelta(minutes=15)
"""How much longer a token is valid than its payment: the checkout still shows how it ended."""
STATUS_DAYS = timedelta(days=180)
"""How long a payment's status can be looked at: longer than any refund or dispute takes."""

_ALGORITHM = "HS256"
PUBLIC_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""What public keys may sign with."""
_PURPOSE = "checkout-token"
_KINDS: Mapping[str, CallerKind] = {"checkout": "checkout", "status": "status"}
_HEADER = urlsafe_b64encode(b'{"typ":"JWT","alg":"HS256"}').rstrip(b"=")
LEEWAY = 60
"""Seconds by which the shop's clock may differ from ours."""
UNUSABLE: tuple[type[Exception], ...] = (JoseError, ValueError, KeyError, TypeError)
"""What reading a token that is none raises."""


def checkout_token(engine: Engine, payment: Payment) -> str:
    """The payment's token; always the same one for one payment."""
    claims = {
        "aud": "checkout",
        "sub": payment.id,
        "mer": payment.merchant_id,
        "cus": payment.customer_ref,
        "exp": int((payment.expires_at + AFTER_EXPIRY).timestamp()),
    }
    return _signed(claims, engine.sealer.derive(_PURPOSE))


def status_token(engine: Engine, payment: Payment) -> str:
    """Reads how the payment stands, long after its checkout token: moves nothing, names nobody."""
    claims = {
        "aud": "status",
        "sub": payment.id,
        "mer": payment.merchant_id,
        "exp": int((payment.expires_at + STATUS_DAYS).timestamp()),
    }
    return _signed(claims, engine.sealer.derive(_PURPOSE))


def checkout_url(engine: Engine, payment: Payment, *, token: str = "") -> str:
    """The hosted checkout; its tokens are in the fragment, which browsers send to nobody.

    Without ``token`` it can pay only in the tab where it was open before, and shows how the payment
    stands everywhere.
    """
    fragment = f"{token}&" if token else ""
    page = f"{engine.settings.public_url}/checkout/{payment.id}"
    return f"{page}#{fragment}status={status_token(engine, payment)}"


def _signed(claims: dict[str, object], key: bytes) -> str:
    """A JWT by HS256 (RFC 7515, section 3.1): four times as fast as the library that reads it."""
    content = _HEADER + b"." + _base64(orjson.dumps(claims))
    return (content + b"." + _base64(hmac.digest(key, content, "sha256"))).decode()


def _base64(content: bytes) -> bytes:
    return urlsafe_b64encode(content).rstrip(b"=")


def read_payment_token(engine: Engine, token: str) -> Caller | None:
    """The payment that one of our tokens stands for, with its customer if it is its checkout's.

    None for a token that is not ours.
    """
    for key in engine.sealer.derive_all(_PURPOSE):
        try:
            claims = jwt.decode(token, _key(key), algorithms=[_ALGORITHM]).claims
            kind = _KINDS[claims["aud"]]
            claims_registry(engine, aud=kind).validate(claims)
            return Caller(
                kind=kind,
                merchant_id=claims["mer"],
                payment_id=claims["sub"],
                customer_ref=claims["cus"] if kind == "checkout" else None,
            )
        except UNUSABLE:
            continue
    return None


def read_customer_token(engine: Engine, token: str) -> tuple[str, str]:
    """The merchant (name or id) of the settings and the customer that a shop's token stands for.

    Raises Unauthenticated for a token that is forged or expired, is valid for longer than a token
    may be, or has another audience or issuer than the settings name.
    """
    settings = engine.settings
    merchant = settings.customer_jwt_merchant or ""
    try:
        claims = _customer_claims(engine, token)
        issuer, audience = settings.customer_jwt_issuer or merchant, settings.customer_jwt_audience
        claims_registry(engine, leeway=LEEWAY, iss=issuer, aud=audience).validate(claims)
        latest = engine.now().timestamp() + settings.customer_jwt_lifetime + LEEWAY
        if not is_customer_ref(claims["sub"]) or claims["exp"] > latest:
            raise ValueError("no customer, or for too long")
    except UNUSABLE:
        raise Unauthenticated("the token is invalid or has expired") from None
    return merchant, claims["sub"]


def _customer_claims(engine: Engine, token: str) -> dict[str, Any]:
    """The claims, verified by the shop's shared key or by its public ones."""
    shared, public = engine.settings.customer_jwt_key, engine.settings.customer_jwks
    if shared:
        try:
            key = OctKey.import_key(shared.get_secret_value())
            return jwt.decode(token, key, algorithms=[_ALGORITHM]).claims
        except UNUSABLE:
            if not public:
                raise
    if not public:
        raise ValueError("customers have no tokens here")
    return jwt.decode(token, _key_set(public), algorithms=list(PUBLIC_ALGORITHMS)).claims


@lru_cache(maxsize=8)
def _key(secret: bytes) -> OctKey:
    """The imported key, cached: importing tries the bytes as other kinds of key first."""
    return OctKey.import_key(secret)


@lru_cache(maxsize=4)
def _key_set(jwks: str) -> KeySet:
    return KeySet.import_key_set(json.loads(jwks))


def claims_registry(engine: Engine, *, leeway: int = 0, **expected: str) -> jwt.JWTClaimsRegistry:
    """Checks that these claims are there and have these values, and the times."""
    now = int(engine.now().timestamp())
    required: dict[str, ClaimsOption] = {
        name: {"essential": True, "value": value} for name, value in expected.items()
    }
    return jwt.JWTClaimsRegistry(now=now, leeway=leeway, exp={"essential": True}, **required)
