"""How often something was done within a window of time, counted for all processes."""

from collections.abc import Mapping
from datetime import datetime

from payment_engine.db.connection import Connections

_COUNT = """
INSERT INTO rate_count (id, until, used)
SELECT id, until, used FROM unnest($1::text[], $2::timestamptz[], $3::int[])
  AS counted(id, until, used) ORDER BY id
ON CONFLICT (id) DO UPDATE SET used = rate_count.used + EXCLUDED.used
RETURNING id, used
"""


async def count(connections: Connections, windows: Mapping[str, datetime]) -> dict[str, int]:
    """Count once in each window, given by its id and end; how often each was counted by now."""
    return await add(connections, {window_id: (end, 1) for window_id, end in windows.items()})


async def add(connections: Connections, uses: Mapping[str, tuple[datetime, int]]) -> dict[str, int]:
    """Count so often in each window, given by its id with its end; how often each was by now."""
    ids = sorted(uses)
    ends, counts = [uses[each][0] for each in ids], [uses[each][1] for each in ids]
    rows = await connections.fetch(_COUNT, ids, ends, counts)
    return {row["id"]: row["used"] for row in rows}
