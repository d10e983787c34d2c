"""What rows still need of a gateway that is configured no longer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import asyncpg
import orjson

_REMEMBER = """
INSERT INTO configured_gateway (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING
"""
_GONE = "SELECT name FROM configured_gateway WHERE name <> ALL ($1::text[]) ORDER BY name"
_NEED = """
SELECT
  (SELECT count(*) FROM attempt WHERE gateway = $1 AND settled_at IS NULL) AS attempts,
  (SELECT count(*) FROM refund r JOIN attempt a ON a.id = r.attempt_id
    WHERE a.gateway = $1
      AND r.status IN ('needs_approval', 'created', 'pending', 'manual_review')) AS refunds,
  (SELECT count(*) FROM job WHERE gateway = $1) AS jobs,
  (SELECT count(*) FROM attempt
    WHERE gateway = $1 AND amount_captured > amount_refund_reserved
      AND coalesce(coalesce(settled_at, created_at)
        > now() - make_interval(days => ($2::jsonb ->> method)::int), true)) AS refundable
"""


@dataclass(frozen=True, kw_only=True)
class GatewayNeed:
    """How many rows need a gateway: attempts and refunds without a final status, jobs, and
    captured money that may still be refunded."""

    gateway: str
    attempts: int
    refunds: int
    jobs: int
    refundable: int

    @property
    def any(self) -> bool:
        """Whether anything needs it."""
        return bool(self.attempts or self.refunds or self.jobs or self.refundable)


async def needs_of_the_gone(
    connection: asyncpg.Connection, configured: Collection[str], windows: Mapping[str, int]
) -> list[GatewayNeed]:
    """What rows need of gateways that were configured once and are not now; remembers those that
    are. ``windows``: days for which a method can be refunded, without limit if it is not named.

    Only a gateway that is gone costs more than a look at a short table.
    """
    names = list(configured)
    await connection.execute(_REMEMBER, names)
    gone = [row["name"] for row in await connection.fetch(_GONE, names)]
    days = orjson.dumps(dict(windows)).decode()
    needs = [
        GatewayNeed(gateway=name, **dict(await connection.fetchrow(_NEED, name, days)))
        for name in gone
    ]
    return [need for need in needs if need.any]
