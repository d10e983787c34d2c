"""What a statement reads, as PostgreSQL counts it while it runs the statement."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import asyncpg

PLANS = ("force_custom_plan", "force_generic_plan")


async def rows_read(
    connection: asyncpg.Connection, table: str, statement: str, *values: object, plan: str = "auto"
) -> int:
    """How many rows of a table a statement visits; what it writes is rolled back."""
    return (await rows_by_table(connection, statement, *values, plan=plan))[table]


async def rows_by_table(
    connection: asyncpg.Connection, statement: str, *values: object, plan: str = "auto"
) -> Counter[str]:
    """How many rows of each table a statement visits; what it writes is rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL plan_cache_mode = {plan}")
        text = await connection.fetchval(
            f"EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) {statement}", *values
        )
    finally:
        await transaction.rollback()
    rows: Counter[str] = Counter()
    for table, number in _visited(json.loads(text)[0]["Plan"]):
        rows[table] += number
    return rows


def _visited(plan: dict[str, Any]) -> Iterator[tuple[str, int]]:
    if "Relation Name" in plan and plan["Node Type"] != "ModifyTable":
        removed = plan.get("Rows Removed by Filter", 0)
        yield plan["Relation Name"], int((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    for part in plan.get("Plans", ()):
        yield from _visited(part)
