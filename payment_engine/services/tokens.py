"""Checkout tokens: a JWT for one payment, short-lived, kept nowhere."""

from datetime import timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import Unauthenticated
from payment_engine.engine import Engine
from payment_engine.models import Payment

AFTER_EXPIRY = timedelta(minutes=15)
"""A token outlives its payment by this, so that the checkout can still show how it ended."""

_ALGORITHM = "HS256"
_PURPOSE = "checkout-token"


def checkout_token(engine: Engine, payment: Payment) -> str:
    """The payment's token: the same payment always gives the same one."""
    claims = {
        "aud": "checkout",
        "sub": payment.id,
        "mer": payment.merchant_id,
        "cus": payment.customer_ref,
        "exp": int((payment.expires_at + AFTER_EXPIRY).timestamp()),
    }
    key = OctKey.import_key(engine.vault.derive(_PURPOSE))
    return jwt.encode({"alg": _ALGORITHM}, claims, key, algorithms=[_ALGORITHM])


def read_checkout_token(engine: Engine, token: str) -> Caller:
    """Who the token speaks for; raises Unauthenticated for one that is forged or over."""
    keys = (engine.vault.derive(_PURPOSE), engine.vault.derive_previous(_PURPOSE))
    for key in filter(None, keys):
        try:
            claims = jwt.decode(token, OctKey.import_key(key), algorithms=[_ALGORITHM]).claims
            _registry(engine).validate(claims)
            return Caller(kind="checkout", merchant_id=claims["mer"], payment_id=claims["sub"])
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    raise Unauthenticated("the checkout token is not valid, or its time is over")


def _registry(engine: Engine) -> jwt.JWTClaimsRegistry:
    now = int(engine.now().timestamp())
    return jwt.JWTClaimsRegistry(now=now, aud={"essential": True, "value": "checkout"})
