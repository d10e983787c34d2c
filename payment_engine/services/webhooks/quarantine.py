"""Webhooks that do not verify: stored encrypted for a while, since the wrong key may be ours."""

import structlog

from payment_engine import metrics
from payment_engine.db.models import Quarantined
from payment_engine.domain.errors import TooManyRequests
from payment_engine.domain.ids import new_id
from payment_engine.domain.requests.admin import QuarantineQuery
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import QuarantineList, quarantined_document

LARGEST = 32 * 1024
"""Bytes of the largest webhook that is stored; real ones have a few thousand."""

_log = structlog.get_logger()


async def quarantine(engine: Engine, gateway: str, content: bytes, size: int) -> None:
    """Encrypt and store one, unless it is too large or there are too many: disks must not fill up.

    ``size`` is that of its body in bytes.
    """
    if not await _has_room(engine, gateway, len(content)):
        metrics.webhooks.labels(gateway, "dropped").inc()
        _log.warning("webhook_not_quarantined", gateway=gateway, size=size)
        return
    now = engine.now()
    row_id = new_id("qtn", int(now.timestamp() * 1000))
    await Quarantined.create(
        id=row_id,
        gateway=gateway,
        sealed=engine.sealer.seal(content, row_id),
        size=size,
        received_at=now,
    )
    metrics.webhooks.labels(gateway, "quarantined").inc()


async def list_quarantined(query: QuarantineQuery) -> QuarantineList:
    """What is in quarantine, newest first, without its content."""
    rows = Quarantined.filter(gateway=query.gateway) if query.gateway else Quarantined.all()
    if query.before:
        rows = rows.filter(id__lt=query.before)
    found = await rows.order_by("-id").limit(query.limit + 1)
    page = found[: query.limit]
    return {
        "quarantined": [quarantined_document(row) for row in page],
        "next": page[-1].id if len(found) > query.limit else None,
    }


async def _has_room(engine: Engine, gateway: str, size: int) -> bool:
    if size > LARGEST:
        return False
    try:
        engine.throttle.count(engine.settings.quarantine_rate, "quarantine", gateway)
    except TooManyRequests:
        return False
    stored = await Quarantined.filter(gateway=gateway, verified_at__isnull=True).count()
    return stored < engine.settings.quarantine_most
