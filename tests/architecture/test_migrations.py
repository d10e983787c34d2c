"""Migrations of a running service: none stops the writes of a large table while it runs."""

import re
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest
from tortoise.fields import CharField
from tortoise.migrations.operations import AlterField, RunSQL

from payment_engine.db.migration import QuickMigration
from payment_engine.db.packaged_migrations import load_migrations

MIGRATIONS = Path(__file__).parents[2] / "migrations"
PACKAGE = load_migrations().__name__
FIRST_ONLINE = 13
"""Those before it ran while every process was stopped."""
_STATEMENT = re.compile(r";\s*(?=\S)")
_BLOCKING = {
    "an index that is not built CONCURRENTLY": re.compile(
        r"(?:CREATE (?:UNIQUE )?|DROP |RE)INDEX (?!CONCURRENTLY)"
    ),
    "a constraint that is not added NOT VALID": re.compile(
        r"ADD CONSTRAINT \w+ (?:CHECK|FOREIGN KEY)(?!.*NOT VALID)", re.DOTALL
    ),
    "a constraint that builds an index": re.compile(r"ADD (?:CONSTRAINT \w+ )?(?:UNIQUE|PRIMARY)"),
    "a scan of the table": re.compile(r"SET NOT NULL|ALTER COLUMN \w+ (?:SET DATA )?TYPE"),
}
_LOCKS_TABLE = re.compile(r"ALTER TABLE (?!.*(?:VALIDATE|SET \(|RESET \())", re.DOTALL)
_WAIT = "SET LOCAL lock_timeout"
_HARMLESS = {"ForgetIndex", "CreateOnParts", "DropWithParts"}
"""The first changes no database; what the others do is in tests/models/test_partitioned_indexes."""


def faults(sql: str, *, atomic: bool, limited: bool = False) -> list[str]:
    """Why one operation would stop the service."""
    created = set(re.findall(r"CREATE TABLE (\w+)", sql))
    found = []
    for statement in _STATEMENT.split(sql):
        if created and any(name in statement for name in created):
            continue
        found += [why for why, form in _BLOCKING.items() if form.search(statement)]
        if "CONCURRENTLY" in statement and atomic:
            found.append("CONCURRENTLY in a transaction")
        if _LOCKS_TABLE.match(statement) and _WAIT not in sql and not limited:
            found.append("a lock of the table without a limit of the wait for it")
    return found


def online() -> list[str]:
    names = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))
    return [name for name in names if int(name[:4]) >= FIRST_ONLINE]


def test_migrations_are_applied_in_the_order_of_their_numbers() -> None:
    names = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))
    assert [int(name[:4]) for name in names] == [*range(1, len(names) + 1)]
    for before, name in pairwise(names):
        dependencies = import_module(f"{PACKAGE}.{name}").Migration.dependencies
        assert [needed for _, needed in dependencies] == [before]


@pytest.mark.parametrize("path", sorted(MIGRATIONS.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_a_migration_copies_the_state_of_the_models_only_where_it_changes(path: Path) -> None:
    assert issubclass(import_module(f"{PACKAGE}.{path.stem}").Migration, QuickMigration)


@pytest.mark.parametrize("name", online())
def test_a_migration_stops_no_writes(name: str) -> None:
    migration = import_module(f"{PACKAGE}.{name}").Migration
    others = [type(each).__name__ for each in migration.operations if type(each) is not RunSQL]
    assert set(others) <= {"CreateModel", "AddField", "AlterField", *_HARMLESS}
    altered = [each for each in migration.operations if isinstance(each, AlterField)]
    assert all(isinstance(each.field, CharField) for each in altered), "only a text may be widened"
    first = migration.operations[0]
    limited = migration.atomic and isinstance(first, RunSQL) and str(first.sql).startswith(_WAIT)
    assert limited or not {"AddField", "AlterField"} & {*others}
    for operation in migration.operations:
        if isinstance(operation, RunSQL):
            texts = [operation.sql] if isinstance(operation.sql, str) else operation.sql
            for sql in texts:
                assert faults(sql, atomic=migration.atomic, limited=limited) == [], sql


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX i ON t (a)",
        "CREATE UNIQUE INDEX i ON t (a)",
        "DROP INDEX i",
        "REINDEX TABLE t",
        "SET LOCAL lock_timeout = '3s'; ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
        "SET LOCAL lock_timeout = '3s'; ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)",
        "SET LOCAL lock_timeout = '3s'; ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "SET LOCAL lock_timeout = '3s'; ALTER TABLE t ALTER COLUMN a TYPE bigint",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        "ALTER TABLE t ADD COLUMN a int",
    ],
)
def test_a_blocking_form_would_be_found(sql: str) -> None:
    assert faults(sql, atomic=False)


def test_an_index_cannot_be_built_concurrently_in_a_transaction() -> None:
    assert faults("CREATE INDEX CONCURRENTLY i ON t (a)", atomic=True)
    assert not faults("CREATE INDEX CONCURRENTLY i ON t (a)", atomic=False)
