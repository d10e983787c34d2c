"""Merchants and the keys that speak for them."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass

from cachetools import TTLCache
from tortoise.expressions import Q

from payment_engine.db.models import ApiKey, Merchant
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import Unauthenticated
from payment_engine.domain.ids import new_id
from payment_engine.encryption import Sealer
from payment_engine.engine import Engine

KEY_CACHE_SECONDS = 15.0
"""How long a revoked key may still work in a process that saw it valid."""
_MOST_CACHED = 1024

_ROLES = {"pk": "service", "ak": "read operate refund approve config unmask"}


@dataclass(frozen=True)
class NewKeys:
    """A merchant's fresh keys: shown once, kept only as hashes."""

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
    """Create the merchant of this name, or give it further keys and a new address.

    ``mcc`` and ``upi_verified`` stay as they are where they are not given.
    """
    now = engine.now()
    millis = int(now.timestamp() * 1000)
    merchant = await _merchant(engine, name, notify_url)
    facts = {"mcc": mcc, "upi_verified": upi_verified}
    if told := {column: value for column, value in facts.items() if value is not None}:
        await Merchant.filter(id=merchant.id).update(**told)
    keys = {}
    for prefix, roles in _ROLES.items():
        keys[prefix] = f"{prefix}_{secrets.token_hex(20)}"
        await ApiKey.create(
            id=new_id("key", millis),
            merchant_id=merchant.id,
            key_hash=_hash(keys[prefix]),
            roles=roles,
            created_at=now,
        )
    return NewKeys(merchant.id, keys["pk"], keys["ak"], notify_secret(engine.sealer, merchant.id))


async def _merchant(engine: Engine, name: str, notify_url: str | None) -> Merchant:
    found = await Merchant.get_or_none(name=name)
    if found is None:
        now = engine.now()
        return await Merchant.create(
            id=new_id("mer", int(now.timestamp() * 1000)),
            name=name,
            notify_url=notify_url,
            created_at=now,
        )
    await Merchant.filter(id=found.id).update(notify_url=notify_url)
    return found


def notify_secret(sealer: Sealer, merchant_id: str) -> str:
    """What the merchant verifies our notifications with; derived, so kept nowhere."""
    return "whsec_" + base64.b64encode(sealer.derive(f"notify:{merchant_id}")).decode()


class KeyRing:
    """API keys seen lately: a look-up a request would otherwise pay for."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Caller]] = {}
        self._merchants: TTLCache[str, str] = TTLCache(_MOST_CACHED, KEY_CACHE_SECONDS)

    async def caller(self, key: str) -> Caller:
        """Who a service or admin key speaks for; raises Unauthenticated for any other."""
        key_hash = _hash(key)
        at, caller = self._known.get(key_hash, (0.0, None))
        if caller and time.monotonic() - at < KEY_CACHE_SECONDS:
            return caller
        row = await ApiKey.get_or_none(key_hash=key_hash, revoked_at=None)
        if row is None:
            raise Unauthenticated("this key is unknown or revoked")
        if len(self._known) >= _MOST_CACHED:
            self._known.clear()
        caller = Caller(
            kind="service" if row.roles == "service" else "admin",
            merchant_id=row.merchant_id,
            roles=frozenset(row.roles.split()),
            actor=row.id,
        )
        self._known[key_hash] = (time.monotonic(), caller)
        return caller

    async def merchant(self, named: str) -> str:
        """The id of the merchant of this name or id; raises Unauthenticated where there is none."""
        known = self._merchants.get(named)
        if known is None:
            row = await Merchant.get_or_none(Q(id=named) | Q(name=named))
            if row is None:
                raise Unauthenticated("the token's merchant is unknown")
            known = self._merchants[named] = row.id
        return known


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
