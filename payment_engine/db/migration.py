"""The base of our migrations: plain SQL runs without a copy of the models' state before it."""

from itertools import groupby

from tortoise.migrations import Migration
from tortoise.migrations.operations import RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class QuickMigration(Migration):
    """A migration that copies the state of all models only for operations that change it.

    Tortoise copies it for each operation, which takes 30 ms; SQL statements, most of what there is,
    leave the state alone.
    """

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        """As Tortoise's, without those copies."""
        if dry_run or collect_sql or schema_editor is None:
            return await super().apply(
                state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql
            )
        every = self.operations
        for is_sql, alike in groupby(every, key=lambda each: isinstance(each, RunSQL)):
            self.operations = [*alike]
            if is_sql:
                await self._run_sql(state, schema_editor)
            else:
                state = await super().apply(state, schema_editor=schema_editor)
        self.operations = every
        return state

    async def _run_sql(self, state: State, schema_editor: BaseSchemaEditor) -> None:
        for operation in self.operations:
            await operation.database_forward(self.app_label, state, state, schema_editor)
