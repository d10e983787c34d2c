"""API keys of order services and of people on call: issued, listed, revoked, looked up."""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from cachetools import TTLCache
from tortoise.expressions import Q

from payment_engine.db.models import ApiKey, Merchant
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import Unauthenticated
from payment_engine.engine import Engine

KEY_CACHE_SECONDS = 15.0
"""How long a revoked key may still work in a process that has used it."""
SERVICE = "service"
"""What an order service's key has in the place of roles."""
_MOST_CACHED = 1024


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a new key is for: a merchant's order service, or a person with roles.

    ``person``: whose name the audit has; the key's id if None. ``created_by``: who issues it.
    """

    merchant_id: str
    roles: Collection[str]
    person: str | None = None
    expires_at: datetime | None = None
    created_by: str | None = None


async def issue_key(engine: Engine, grant: Grant, key_id: str | None = None) -> tuple[ApiKey, str]:
    """The row of a new key, and the key itself, which is stored nowhere."""
    prefix = "pk" if SERVICE in grant.roles else "ak"
    key = f"{prefix}_{secrets.token_hex(20)}"
    row = _row(engine, key, grant, key_id)
    await row.save(using_db=engine.db.connection)
    return row, key


async def store_keys(engine: Engine, keys: Mapping[str, Grant]) -> None:
    """Store keys that somebody else has drawn, all or none; those that are there stay."""
    rows = [_row(engine, key, grant) for key, grant in keys.items()]
    await ApiKey.bulk_create(rows, ignore_conflicts=True, using_db=engine.db.connection)


def _row(engine: Engine, key: str, grant: Grant, key_id: str | None = None) -> ApiKey:
    return ApiKey(
        id=key_id or engine.new_id("key"),
        merchant_id=grant.merchant_id,
        key_hash=_hash(key),
        roles=" ".join(grant.roles),
        person=grant.person,
        created_at=engine.now(),
        created_by=grant.created_by,
        expires_at=grant.expires_at,
    )


async def keys_of(engine: Engine, merchant_id: str) -> list[ApiKey]:
    """All keys of a merchant, the newest first."""
    rows = ApiKey.filter(merchant_id=merchant_id).order_by("-id")
    return await rows.using_db(engine.db.connection)


async def revoke_key(engine: Engine, key_id: str) -> bool:
    """Every process refuses the key within ``KEY_CACHE_SECONDS``. False for one that is revoked
    already, or unknown."""
    row = ApiKey.filter(id=key_id, revoked_at=None)
    return bool(await row.using_db(engine.db.connection).update(revoked_at=engine.now()))


async def find_merchant(named: str) -> Merchant | None:
    """The merchant of this id or name."""
    return await Merchant.get_or_none(Q(id=named) | Q(name=named))


@dataclass(frozen=True)
class _Known:
    caller: Caller
    expires_at: datetime | None


class KeyRing:
    """A cache of API keys and merchants, which saves a query for each request."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._callers: TTLCache[str, _Known] = TTLCache(_MOST_CACHED, KEY_CACHE_SECONDS, clock)
        self._merchants: TTLCache[str, str] = TTLCache(_MOST_CACHED, KEY_CACHE_SECONDS, clock)

    async def caller(self, key: str, now: datetime) -> Caller:
        """The caller that a service or admin key stands for; raises Unauthenticated."""
        key_hash = _hash(key)
        known = self._callers.get(key_hash)
        if known is None:
            row = await ApiKey.get_or_none(key_hash=key_hash, revoked_at=None)
            if row is None:
                raise Unauthenticated("this key is unknown or revoked")
            known = self._callers[key_hash] = _Known(_caller(row), row.expires_at)
        if known.expires_at and known.expires_at <= now:
            raise Unauthenticated("this key has expired")
        return known.caller

    async def merchant(self, named: str) -> str:
        """The id of the merchant of this name or id; raises Unauthenticated."""
        merchant_id = self._merchants.get(named)
        if merchant_id is None:
            row = await find_merchant(named)
            if row is None:
                raise Unauthenticated("the token's merchant is unknown")
            merchant_id = self._merchants[named] = row.id
        return merchant_id


def _caller(row: ApiKey) -> Caller:
    return Caller(
        kind="service" if row.roles == SERVICE else "admin",
        merchant_id=row.merchant_id,
        roles=frozenset(row.roles.split()),
        actor=row.person or row.id,
    )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
