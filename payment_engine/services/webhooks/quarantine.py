"""Notices that do not verify: kept sealed for a while, since the wrong key may be ours (WHK-5)."""

import structlog

from payment_engine import metrics
from payment_engine.db.models import Quarantined
from payment_engine.domain.errors import TooManyRequests
from payment_engine.domain.ids import new_id
from payment_engine.domain.requests.admin import QuarantineQuery
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import QuarantineList, quarantined_document

LARGEST = 32 * 1024
"""Bytes of a notice that is worth keeping; real ones have a few thousand."""

_log = structlog.get_logger()


async def keep(engine: Engine, gateway: str, came: bytes, size: int) -> None:
    """Put one aside, sealed, unless it is too large or too many came: forgers fill no disk."""
    if not await _worth_keeping(engine, gateway, len(came)):
        metrics.webhooks.labels(gateway, "dropped").inc()
        _log.warning("notice_not_quarantined", gateway=gateway, size=size)
        return
    now = engine.now()
    row_id = new_id("qtn", int(now.timestamp() * 1000))
    await Quarantined.create(
        id=row_id,
        gateway=gateway,
        sealed=engine.sealer.seal(came, row_id),
        size=size,
        received_at=now,
    )
    metrics.webhooks.labels(gateway, "quarantined").inc()


async def quarantined(asked: QuarantineQuery) -> QuarantineList:
    """What was put aside, newest first; what is in it is not shown."""
    rows = Quarantined.filter(gateway=asked.gateway) if asked.gateway else Quarantined.all()
    if asked.before:
        rows = rows.filter(id__lt=asked.before)
    found = await rows.order_by("-id").limit(asked.limit + 1)
    shown = found[: asked.limit]
    return {
        "quarantined": [quarantined_document(row) for row in shown],
        "next": shown[-1].id if len(found) > asked.limit else None,
    }


async def _worth_keeping(engine: Engine, gateway: str, size: int) -> bool:
    if size > LARGEST:
        return False
    try:
        engine.throttle.count(engine.settings.quarantine_rate, "quarantine", gateway)
    except TooManyRequests:
        return False
    kept = await Quarantined.filter(gateway=gateway, verified_at__isnull=True).count()
    return kept < engine.settings.quarantine_most
