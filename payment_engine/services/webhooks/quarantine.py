"""Webhooks that do not verify or cannot be read: stored encrypted for a while, since the wrong key
or the misreading may be ours."""

import hashlib
from collections.abc import Mapping

import structlog

from payment_engine import metrics
from payment_engine.db.quarantine import NOT_UNDERSTOOD, QuarantinedWebhook
from payment_engine.domain.errors import SignatureFault, TooManyRequests, Unavailable
from payment_engine.engine import Engine
from payment_engine.services.webhooks.inbox import packed

LARGEST = 32 * 1024
"""Bytes of the largest unverified webhook that is stored; real ones have a few thousand."""

_RETRY_AFTER = 600

_log = structlog.get_logger()


async def quarantine_unverified(
    engine: Engine,
    gateway: str,
    headers: Mapping[str, str],
    body: bytes,
    cause: SignatureFault,
) -> None:
    """Store a webhook that does not verify, unless it is too large or there are too many: anybody
    may send one, and its like must not fill the disk."""
    if len(body) > LARGEST or not _has_time(engine, gateway):
        _not_stored(gateway, len(body))
        return
    if not await _store(engine, gateway, headers, body, cause):
        _not_stored(gateway, len(body))


async def quarantine_not_understood(
    engine: Engine, gateway: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Store a webhook that verifies and cannot be read: its gateway may not send another.

    Raises Unavailable if there are too many, so that the gateway sends it again.
    """
    _log.error("webhook_not_understood", gateway=gateway, size=len(body))
    if not await _store(engine, gateway, headers, body, NOT_UNDERSTOOD):
        _not_stored(gateway, len(body))
        raise Unavailable("too many webhooks wait to be understood", retry_after=_RETRY_AFTER)


async def _store(
    engine: Engine, gateway: str, headers: Mapping[str, str], body: bytes, cause: str
) -> bool:
    """Whether there was room for it."""
    now = engine.now()
    row_id = engine.new_id("qtn")
    webhook = QuarantinedWebhook(
        id=row_id,
        gateway=gateway,
        fingerprint=hashlib.sha256(body).digest(),
        sealed=engine.sealer.seal(packed(headers, body), row_id),
        cause=cause,
        size=len(body),
        received_at=now,
    )
    stored = await engine.work.quarantine(webhook, engine.settings.quarantine_most)
    if stored:
        metrics.webhooks.labels(gateway, "quarantined").inc()
    return stored


def _not_stored(gateway: str, size: int) -> None:
    metrics.webhooks.labels(gateway, "dropped").inc()
    _log.warning("webhook_not_quarantined", gateway=gateway, size=size)


def _has_time(engine: Engine, gateway: str) -> bool:
    try:
        engine.throttle.count(engine.settings.quarantine_rate, "quarantine", gateway)
    except TooManyRequests:
        return False
    return True
