"""Merchants and their API keys."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cachetools import TTLCache
from tortoise.expressions import Q

from payment_engine.db.models import ApiKey, Merchant
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import Unauthenticated
from payment_engine.encryption import Sealer
from payment_engine.engine import Engine

KEY_CACHE_SECONDS = 15.0
"""How long a revoked key may still work in a process that has used it."""
_MOST_CACHED = 1024

KeyPrefix = Literal["pk", "ak"]
_ROLES: Mapping[KeyPrefix, str] = {
    "pk": "service",
    "ak": "read operate refund approve config unmask",
}


@dataclass(frozen=True)
class NewKeys:
    """A merchant's new keys: shown only once, since only their hashes are stored."""

    merchant_id: str
    service_key: str
    admin_key: str
    notify_secret: str


async def register(
    engine: Engine,
    name: str,
    notify_url: str | None,
    *,
    mcc: str | None = None,
    upi_verified: bool | None = None,
) -> NewKeys:
    """Create the merchant of this name, or give it more keys; what is None stays as it is."""
    merchant = await _merchant(engine, name)
    facts = {"notify_url": notify_url, "mcc": mcc, "upi_verified": upi_verified}
    if given := {column: value for column, value in facts.items() if value is not None}:
        await Merchant.filter(id=merchant.id).update(**given)
    return NewKeys(
        merchant_id=merchant.id,
        service_key=await _create_key(engine, merchant.id, "pk"),
        admin_key=await _create_key(engine, merchant.id, "ak"),
        notify_secret=notify_secret(engine.sealer, merchant.id),
    )


async def _create_key(engine: Engine, merchant_id: str, prefix: KeyPrefix) -> str:
    key = f"{prefix}_{secrets.token_hex(20)}"
    await ApiKey.create(
        id=engine.new_id("key"),
        merchant_id=merchant_id,
        key_hash=_hash(key),
        roles=_ROLES[prefix],
        created_at=engine.now(),
    )
    return key


async def _merchant(engine: Engine, name: str) -> Merchant:
    existing = await Merchant.get_or_none(name=name)
    return existing or await Merchant.create(
        id=engine.new_id("mer"), name=name, created_at=engine.now()
    )


def notify_secret(sealer: Sealer, merchant_id: str) -> str:
    """What the merchant verifies our notifications with; derived, so stored nowhere."""
    return "whsec_" + base64.b64encode(sealer.derive(f"notify:{merchant_id}")).decode()


class KeyRing:
    """A cache of API keys and merchants, which saves a query for each request."""

    def __init__(self) -> None:
        self._callers: TTLCache[str, Caller] = TTLCache(_MOST_CACHED, KEY_CACHE_SECONDS)
        self._merchants: TTLCache[str, str] = TTLCache(_MOST_CACHED, KEY_CACHE_SECONDS)

    async def caller(self, key: str) -> Caller:
        """The caller that a service or admin key stands for; raises Unauthenticated."""
        key_hash = _hash(key)
        caller = self._callers.get(key_hash)
        if caller is None:
            row = await ApiKey.get_or_none(key_hash=key_hash, revoked_at=None)
            if row is None:
                raise Unauthenticated("this key is unknown or revoked")
            caller = self._callers[key_hash] = _caller(row)
        return caller

    async def merchant(self, named: str) -> str:
        """The id of the merchant of this name or id; raises Unauthenticated."""
        merchant_id = self._merchants.get(named)
        if merchant_id is None:
            row = await Merchant.get_or_none(Q(id=named) | Q(name=named))
            if row is None:
                raise Unauthenticated("the token's merchant is unknown")
            merchant_id = self._merchants[named] = row.id
        return merchant_id


def _caller(row: ApiKey) -> Caller:
    return Caller(
        kind="service" if row.roles == "service" else "admin",
        merchant_id=row.merchant_id,
        roles=frozenset(row.roles.split()),
        actor=row.id,
    )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
