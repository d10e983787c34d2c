"""Encrypts anew what an older root secret has encrypted, so that the older one can be forgotten.

It may be run while the service runs, be interrupted, and be run again: what is done is passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
import structlog

from payment_engine.db import sealed_rows
from payment_engine.db.models import Merchant
from payment_engine.db.sealed_rows import SEALED, Anew, SealedColumn, Stale
from payment_engine.domain.upi_vpa import VPA_HASH
from payment_engine.encryption import BadSeal
from payment_engine.engine import Engine
from payment_engine.services.access.notify_secrets import (
    store_derived,
    stored_of,
    valid_secrets,
)
from payment_engine.services.payments import phone_hashes

_PAGE = 500

_log = structlog.get_logger()


@dataclass(frozen=True)
class Resealed:
    """What a run did. ``unreadable``: values that none of the root secrets opens; they stay.

    ``waiting``: answers under idempotency keys, which leave by themselves.
    """

    values: int
    unreadable: int
    waiting: int

    @property
    def complete(self) -> bool:
        """Whether nothing needs an older root secret any more."""
        return not (self.unreadable or self.waiting)


async def reseal(engine: Engine) -> Resealed:
    """Encrypt everything by the present root secret; give merchants the secrets that they know."""
    await _own_secrets(engine)
    values = unreadable = 0
    for column in SEALED:
        done, failed = await _reseal_column(engine, column)
        values, unreadable = values + done, unreadable + failed
        _log.info("resealed", table=column.table, column=column.column, values=done, failed=failed)
    waiting = await sealed_rows.keys_with_older(engine.db, engine.sealer.key_id)
    return Resealed(values, unreadable, waiting)


async def _own_secrets(engine: Engine) -> None:
    """Store the secrets that were derived from the root that is leaving."""
    former = 1 if engine.settings.secret_previous else 0
    for row in await Merchant.filter(notify_sealed=None).using_db(engine.db.connection):
        secrets = valid_secrets(engine.sealer, stored_of(row), engine.now())
        await store_derived(engine, row, secrets[former])


async def _reseal_column(engine: Engine, column: SealedColumn) -> tuple[int, int]:
    done = failed = 0
    db, after = engine.db, ""
    while until := await sealed_rows.page_end(db, column, after, _PAGE):
        stale = await sealed_rows.stale_rows(db, column, after, until, engine.sealer.key_id)
        anew = [row for each in stale if (row := _anew(engine, column, each))]
        if anew:
            await sealed_rows.write_anew(db, column, anew)
        done, failed, after = done + len(anew), failed + len(stale) - len(anew), until
    return done, failed


def _anew(engine: Engine, column: SealedColumn, row: Stale) -> Anew | None:
    bound = row.id + column.suffix
    try:
        plain = engine.sealer.open(row.sealed, bound)
    except BadSeal:
        _log.error("seal_not_opened", table=column.table, row=row.id)
        return None
    hashing = _HASHES.get(column.hash_column or "")
    return Anew(
        id=row.id,
        before=row.sealed,
        sealed=engine.sealer.seal(plain, bound),
        hash=hashing(engine, plain) if hashing else None,
    )


def _of_phone(engine: Engine, contact: bytes) -> bytes | None:
    phone = orjson.loads(contact).get("phone")
    return phone_hashes(engine, phone)[0] if phone else None


def _of_vpa(engine: Engine, vpa: bytes) -> bytes:
    return engine.sealer.keyed_hashes(VPA_HASH, vpa.decode())[0]


_HASHES: Mapping[str, Callable[[Engine, bytes], bytes | None]] = {
    "phone_hash": _of_phone,
    "payer_hash": _of_vpa,
    "vpa_hash": _of_vpa,
}
