"""What a statement reads, as PostgreSQL counts it while it runs the statement."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg

PLANS = ("force_custom_plan", "force_generic_plan")


async def rows_read(
    connection: asyncpg.Connection, table: str, statement: str, *values: object, plan: str = "auto"
) -> int:
    """How many rows of a table a statement visits; what it writes is rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL plan_cache_mode = {plan}")
        text = await connection.fetchval(
            f"EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) {statement}", *values
        )
    finally:
        await transaction.rollback()
    return sum(_visited(json.loads(text)[0]["Plan"], table))


def _visited(plan: dict[str, Any], table: str) -> Iterator[int]:
    if plan.get("Relation Name") == table and plan["Node Type"] != "ModifyTable":
        removed = plan.get("Rows Removed by Filter", 0)
        yield int((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    for part in plan.get("Plans", ()):
        yield from _visited(part, table)
