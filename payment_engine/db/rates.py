"""How often something was done within a window of time, counted for all processes."""

from collections.abc import Mapping
from datetime import datetime

from payment_engine.db.connection import Connections

_COUNT = """
INSERT INTO rate_count (id, until, used)
SELECT id, until, 1 FROM unnest($1::text[], $2::timestamptz[]) AS counted(id, until) ORDER BY id
ON CONFLICT (id) DO UPDATE SET used = rate_count.used + 1
RETURNING id, used
"""


async def count(connections: Connections, windows: Mapping[str, datetime]) -> dict[str, int]:
    """Count once in each window, given by its id and end; how often each was counted by now."""
    ids = sorted(windows)
    rows = await connections.fetch(_COUNT, ids, [windows[each] for each in ids])
    return {row["id"]: row["used"] for row in rows}
