"""The secret with which a merchant verifies our messages: its own, and rotated by itself.

While a rotation lasts, messages have a signature by each of the two.
"""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_engine.db.models import Merchant
from payment_engine.db.sealed_rows import newest_notify_secret
from payment_engine.encryption import Sealer
from payment_engine.engine import Engine

_PREFIX = "whsec_"
_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What is stored of a merchant's secrets. Without ``sealed`` it is derived from the root, as
    that of every merchant was once."""

    merchant_id: str
    sealed: bytes | None = None
    former: bytes | None = None
    former_until: datetime | None = None


def row_id(merchant_id: str) -> str:
    """What the sealed secrets of a merchant are bound to."""
    return f"{merchant_id}:notify"


def valid_secrets(sealer: Sealer, stored: Stored, now: datetime) -> list[str]:
    """The secrets that sign a message now, the newest first."""
    return list(_valid(sealer, stored, now))


def _valid(sealer: Sealer, stored: Stored, now: datetime) -> Iterator[str]:
    bound = row_id(stored.merchant_id)
    if stored.sealed is None:
        derived = sealer.derive_all(f"notify:{stored.merchant_id}")
        yield from (_PREFIX + base64.b64encode(key).decode() for key in derived)
        return
    yield sealer.open(stored.sealed, bound).decode()
    if stored.former and stored.former_until and now < stored.former_until:
        yield sealer.open(stored.former, bound).decode()


async def check_root(engine: Engine) -> None:
    """Raises BadSeal unless our root secret is one of those that this database was sealed with,
    as its newest merchant shows."""
    newest = await newest_notify_secret(engine.db.oncall)
    if newest:
        engine.sealer.open(newest.sealed, row_id(newest.id))


def new_secret(sealer: Sealer, merchant_id: str) -> tuple[str, bytes]:
    """A secret that nobody has yet, and what to store of it."""
    secret = _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    return secret, sealer.seal(secret.encode(), row_id(merchant_id))


def stored_of(row: Merchant) -> Stored:
    """What a merchant's row has of its secrets."""
    return Stored(
        merchant_id=row.id,
        sealed=row.notify_sealed,
        former=row.former_notify_sealed,
        former_until=row.former_notify_until,
    )


async def rotate(engine: Engine, row: Merchant, overlap: timedelta) -> str:
    """The merchant's new secret. The one before it signs as well until ``overlap`` is over."""
    before = valid_secrets(engine.sealer, stored_of(row), engine.now())[0]
    secret, sealed = new_secret(engine.sealer, row.id)
    await (
        Merchant.filter(id=row.id)
        .using_db(engine.db.connection)
        .update(
            notify_sealed=sealed,
            former_notify_sealed=engine.sealer.seal(before.encode(), row_id(row.id)),
            former_notify_until=engine.now() + overlap,
        )
    )
    return secret


async def store_derived(engine: Engine, row: Merchant, secret: str) -> None:
    """Store the secret that was derived so far, so that it outlives the root that it is from."""
    sealed = engine.sealer.seal(secret.encode(), row_id(row.id))
    own = Merchant.filter(id=row.id, notify_sealed=None)
    await own.using_db(engine.db.connection).update(notify_sealed=sealed)
