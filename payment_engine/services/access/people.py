"""People on call who sign in at an identity provider: its tokens, and the roles that they name."""

from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jws, jwt

from payment_engine.domain.callers import ROLES, Caller
from payment_engine.domain.errors import Unauthenticated, Unavailable
from payment_engine.engine import Engine
from payment_engine.gateways.identity import NoKeys, PublicKeys
from payment_engine.services.access.keys import KeyRing
from payment_engine.services.access.tokens import (
    LEEWAY,
    PUBLIC_ALGORITHMS,
    UNUSABLE,
    claims_registry,
)

_LONGEST_NAME = 64
_WHY = "the token is invalid, has expired, or is not for this service"


async def read_person(engine: Engine, keys: KeyRing, token: str) -> Caller | None:
    """The person of a token of the identity provider; None for a token of somebody else, or if the
    settings name no provider.

    Raises Unauthenticated for one that is forged or expired, for another audience, valid for too
    long, or without a name; Unavailable while the provider's keys cannot be fetched.
    """
    settings = engine.settings
    if engine.identity is None or _issuer(token) != settings.oidc_issuer:
        return None
    try:
        claims = await _verified(engine, engine.identity, token)
        name = _name(claims, settings.oidc_name_claim)
    except UNUSABLE:
        raise Unauthenticated(_WHY) from None
    except NoKeys:
        raise Unavailable("the identity provider's keys cannot be fetched") from None
    return Caller(
        kind="admin",
        merchant_id=await keys.merchant(settings.oidc_merchant or ""),
        roles=frozenset(_texts(_member(claims, settings.oidc_roles_claim))) & {*ROLES},
        actor=name,
    )


def _issuer(token: str) -> object:
    """Whose token it claims to be, before anything is verified."""
    try:
        return orjson.loads(jws.extract_compact(token.encode()).payload)["iss"]
    except UNUSABLE:
        return None


async def _verified(engine: Engine, provider: PublicKeys, token: str) -> Mapping[str, Any]:
    settings = engine.settings
    key_id = jws.extract_compact(token.encode()).headers().get("kid")
    keys = await provider.current(key_id)
    claims = jwt.decode(token, keys, algorithms=list(PUBLIC_ALGORITHMS)).claims
    expected = {"iss": settings.oidc_issuer or "", "aud": settings.oidc_audience or ""}
    claims_registry(engine, leeway=LEEWAY, **expected).validate(claims)
    if claims["exp"] > engine.now().timestamp() + settings.oidc_lifetime + LEEWAY:
        raise ValueError("valid for too long")
    return claims


def _name(claims: Mapping[str, Any], path: str) -> str:
    """The audit's name of the person; an address that nobody verified may be anybody's."""
    name = _member(claims, path)
    unverified = path == "email" and claims.get("email_verified") is False
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or unverified:
        raise ValueError("nobody")
    return name


def _member(claims: Mapping[str, Any], path: str) -> object:
    found: Any = claims
    for part in [path] if path in claims else path.split("."):
        found = found[part]
    return found


def _texts(value: object) -> list[str]:
    """The members of a list, or what spaces separate."""
    if isinstance(value, str):
        return value.split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
