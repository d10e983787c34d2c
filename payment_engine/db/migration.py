"""The base of our migrations: most operations run without a copy of the models' state before."""

from itertools import groupby

from tortoise.migrations import Migration
from tortoise.migrations.operations import AddField, CreateModel, RemoveIndex, RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

_ADDITIVE = (AddField, CreateModel, RunSQL)
"""Operations that need only the models after them, nothing of those before."""


class ForgetIndex(RemoveIndex):
    """The models have an index no longer. It changes nothing in the database: SQL drops it there,
    in a way that stops no writes."""

    async def database_forward(self, *_: object) -> None:
        """Nothing."""

    async def database_backward(self, *_: object) -> None:
        """Nothing."""


class QuickMigration(Migration):
    """A migration that copies the state of all models only for operations that compare with it.

    Tortoise copies it for each operation, which takes 30 ms; what adds a table or a field, and SQL
    statements, which leave the state alone, are nearly all there is.
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
        for additive, alike in groupby(every, key=lambda each: isinstance(each, _ADDITIVE)):
            self.operations = [*alike]
            if additive:
                await self._add(state, schema_editor)
            else:
                state = await super().apply(state, schema_editor=schema_editor)
        self.operations = every
        return state

    async def _add(self, state: State, schema_editor: BaseSchemaEditor) -> None:
        for operation in self.operations:
            operation.state_forward(self.app_label, state)
            await operation.database_forward(self.app_label, state, state, schema_editor)
        state.validate_relations_initialized()
