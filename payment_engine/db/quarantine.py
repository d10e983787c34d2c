"""Webhooks in quarantine: one row for each, however often its gateway sends it again."""

from dataclasses import dataclass
from datetime import datetime

from payment_engine.db.connection import Connections

NOT_UNDERSTOOD = "not_understood"
"""The cause of a webhook that verifies and cannot be read. These have a room of their own, which no
unverified one can fill."""

_STORE = """
WITH again AS (
  UPDATE quarantined SET times = times + 1, last_received_at = $6, cause = $5
  WHERE gateway = $2 AND fingerprint = $3 RETURNING 1),
added AS (
  INSERT INTO quarantined (id, gateway, fingerprint, sealed, cause, size, received_at,
    last_received_at)
  SELECT $1, $2, $3, $4, $5, $7, $6, $6
  WHERE NOT EXISTS (SELECT FROM again) AND $8 > (SELECT count(*) FROM (SELECT FROM quarantined
    WHERE gateway = $2 AND verified_at IS NULL AND (cause = $9) = ($5 = $9) LIMIT $8) AS stored)
  ON CONFLICT (gateway, fingerprint) DO NOTHING RETURNING 1)
SELECT EXISTS (SELECT FROM again) OR EXISTS (SELECT FROM added)
"""


@dataclass(frozen=True, kw_only=True)
class QuarantinedWebhook:
    """A webhook to store: ``fingerprint`` is a hash of its body, ``size`` that body's bytes."""

    id: str
    gateway: str
    fingerprint: bytes
    sealed: bytes
    cause: str
    size: int
    received_at: datetime


async def store(connections: Connections, webhook: QuarantinedWebhook, most: int) -> bool:
    """Store it or count it once more; False if ``most`` of its gateway and kind are there."""
    rows = await connections.fetch(
        _STORE,
        webhook.id,
        webhook.gateway,
        webhook.fingerprint,
        webhook.sealed,
        webhook.cause,
        webhook.received_at,
        webhook.size,
        most,
        NOT_UNDERSTOOD,
    )
    return bool(rows[0][0])
