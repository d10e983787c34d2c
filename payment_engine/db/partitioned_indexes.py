"""Indexes of a table in parts, made and dropped while the service runs.

PostgreSQL cannot build one CONCURRENTLY on all parts at once. So the whole has an index of no rows,
which each part joins once its own is built; a part that is added meanwhile brings its own. For
migrations with ``atomic = False``; as there, one that was interrupted is applied again.
"""

from typing import Any

from tortoise.migrations.operations import RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

from payment_engine.db.online_schema import WAIT

_PARTS = """
SELECT quote_ident(c.relname) AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = '{table}'::regclass AND NOT EXISTS (
  SELECT FROM pg_index x JOIN pg_inherits h ON h.inhrelid = x.indexrelid
  WHERE x.indrelid = c.oid AND h.inhparent = '{name}'::regclass)
ORDER BY 1
"""
_EXAMPLE = "part"
"""Stands for each part where the SQL is only shown."""


class CreateOnParts(RunSQL):
    """Builds the index on one part after the other. ``own``: what the name of a part's own index
    ends with."""

    def __init__(self, name: str, table: str, columns: str, own: str) -> None:
        super().__init__(RunSQL.noop, RunSQL.noop)
        self._name, self._table, self._columns, self._own = name, table, columns, own

    async def database_forward(
        self, app_label: str, old_state: State, new_state: State, state_editor: Any = None
    ) -> None:
        """Build it."""
        if state_editor:
            await self._create(state_editor)

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: Any = None
    ) -> None:
        """Drop it."""
        if state_editor:
            await self._drop(state_editor)

    async def _create(self, editor: BaseSchemaEditor) -> None:
        await editor._run_sql(self._whole())
        for part in await self._missing(editor):
            for statement in self._of_part(part):
                await editor._run_sql(statement)

    async def _drop(self, editor: BaseSchemaEditor) -> None:
        await editor._run_sql(f"{WAIT}; DROP INDEX IF EXISTS {self._name}")

    async def _missing(self, editor: BaseSchemaEditor) -> list[str]:
        if editor.collect_sql:
            return [_EXAMPLE]
        query = _PARTS.format(table=self._table, name=self._name)
        return [row["name"] for row in await editor.client.execute_query_dict(query)]

    def _whole(self) -> str:
        made = f"CREATE INDEX IF NOT EXISTS {self._name} ON ONLY {self._table} ({self._columns})"
        return f"{WAIT}; {made}"

    def _of_part(self, part: str) -> list[str]:
        own = f"{part}_{self._own}"
        return [
            f"DROP INDEX CONCURRENTLY IF EXISTS {own}",
            f"CREATE INDEX CONCURRENTLY {own} ON {part} ({self._columns})",
            f"{WAIT}; ALTER INDEX {self._name} ATTACH PARTITION {own}",
        ]


class DropWithParts(CreateOnParts):
    """Drops the index with those of all parts: at once, since PostgreSQL cannot otherwise, but
    nothing waits longer for that than for any lock of a migration. Undone, it builds it again."""

    database_forward = CreateOnParts.database_backward
    database_backward = CreateOnParts.database_forward
