"""The process table: each running process renews its heartbeat, by the database's clock."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

Role = Literal["api", "worker", "tool"]
"""What a process does; a tool is a command of the command line."""

BEAT = """
INSERT INTO process (id, role, started_at, heartbeat_at)
VALUES ($1, $2, clock_timestamp() - make_interval(secs => $3), clock_timestamp())
ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at
RETURNING extract(epoch FROM heartbeat_at)::float8 AS at
"""
STOP = "UPDATE process SET stopped_at = clock_timestamp() WHERE id = $1"


class Connections(Protocol):
    """Where a heartbeat gets its connection."""

    async def fetch(self, statement: str, *values: object) -> Sequence[Mapping[str, Any]]:
        """Run one statement in a commit of its own."""
        ...


async def beat(db: Connections, process_id: str, role: Role, age: float) -> float | None:
    """Renew a process's heartbeat; the first one inserts its row, started ``age`` seconds ago.

    Returns the database's time in seconds since 1970; None from what has no clock of its own.
    """
    rows = await db.fetch(BEAT, process_id, role, age)
    at: float | None = rows[0]["at"] if rows else None
    return at


async def stop(db: Connections, process_id: str) -> None:
    """Record that a process has stopped: whatever it left unfinished is nobody's from now on."""
    await db.fetch(STOP, process_id)
