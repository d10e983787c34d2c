"""Merchants, and their first API keys."""

from collections.abc import Collection
from dataclasses import dataclass

from payment_engine.db.models import Merchant
from payment_engine.domain.callers import PLATFORM, ROLES
from payment_engine.engine import Engine
from payment_engine.services.access.keys import SERVICE, Grant, issue_key, keys_of, store_keys
from payment_engine.services.access.notify_secrets import new_secret, stored_of, valid_secrets


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
    platform: bool = False,
) -> NewKeys:
    """Create the merchant of this name, or give it more keys; what is None stays as it is.

    ``platform``: the admin key is also for what all merchants of the installation share.
    Raises BadSeal, with nothing changed, if our secret does not open the merchant's.
    """
    merchant = await _merchant(engine, name)
    notify_secret = valid_secrets(engine.sealer, stored_of(merchant), engine.now())[0]
    facts = {"notify_url": notify_url, "mcc": mcc, "upi_verified": upi_verified}
    if given := {column: value for column, value in facts.items() if value is not None}:
        await Merchant.filter(id=merchant.id).update(**given)
    roles = [role for role in ROLES if platform or role != PLATFORM]
    return NewKeys(
        merchant_id=merchant.id,
        service_key=await _key(engine, merchant, [SERVICE]),
        admin_key=await _key(engine, merchant, roles),
        notify_secret=notify_secret,
    )


async def register_once(
    engine: Engine, name: str, notify_url: str | None, keys: Collection[str]
) -> bool:
    """Give the merchant of this name these keys, unless it has ever had one; whether it got them.

    Its keys may have been revoked since, and its address changed: both stay. Whoever sets up an
    installation runs it, so that the admin key is also for what all merchants share.
    """
    merchant = await _merchant(engine, name)
    if await keys_of(engine, merchant.id):
        return False
    await Merchant.filter(id=merchant.id).update(notify_url=notify_url)
    grants = {key: [SERVICE] if key.startswith("pk_") else ROLES for key in keys}
    await store_keys(
        engine,
        {key: Grant(merchant_id=merchant.id, roles=roles) for key, roles in grants.items()},
    )
    return True


async def _key(engine: Engine, merchant: Merchant, roles: Collection[str]) -> str:
    _, key = await issue_key(engine, Grant(merchant_id=merchant.id, roles=roles))
    return key


async def _merchant(engine: Engine, name: str) -> Merchant:
    existing = await Merchant.get_or_none(name=name)
    if existing:
        return existing
    merchant_id = engine.new_id("mer")
    _, sealed = new_secret(engine.sealer, merchant_id)
    return await Merchant.create(
        id=merchant_id, name=name, notify_sealed=sealed, created_at=engine.now()
    )
