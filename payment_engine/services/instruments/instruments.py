"""What customers keep with us, whichever kind: remembered when it paid."""

from collections.abc import Mapping
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from payment_engine.db.models import LinkedWallet, SavedCard, SavedVpa

_TABLES: Mapping[str, type[SavedCard] | type[SavedVpa] | type[LinkedWallet]] = {
    "crd": SavedCard,
    "vpa": SavedVpa,
    "wal": LinkedWallet,
}


async def used(tx: BaseDBAsyncClient, instrument_id: str, at: datetime) -> None:
    """Remember when an instrument last paid: it is shown first (CHK-1)."""
    table = _TABLES[instrument_id.partition("_")[0]]
    await table.filter(id=instrument_id).using_db(tx).update(last_used_at=at)
