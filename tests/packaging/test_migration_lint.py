"""Squawk over every statement of the migrations that run while the service does: what is removed,
renamed or rewritten would break the release before, which still runs."""

import json
import re
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.migration import Migration

from payment_engine.db.models import config
from tests.architecture.test_migrations import FIRST_ONLINE
from tests.packaging.files import check

ALLOWED = {
    (
        "0018_history_by_month",
        "renaming-table",
    ): "a partitioned table takes the name in the same transaction",
    ("0018_history_by_month", "renaming-object"): "the index of that table",
    ("0018_history_by_month", "require-concurrent-index-deletion"): "of the table that was renamed",
    ("0030_message_commits", "changing-column-type"): "a longer text, which rewrites nothing",
    ("0047_downtimes", "prefer-identity"): "how Tortoise generates the keys of all tables",
    ("0055_provider_weights", "prefer-identity"): "the same",
    (
        "0062_history_by_payment",
        "require-concurrent-index-creation",
    ): "of the whole table alone, which has no rows; those of its parts are built CONCURRENTLY",
    (
        "0062_history_by_payment",
        "require-concurrent-index-deletion",
    ): "PostgreSQL has no other way for a table in parts; the wait for it is limited",
}
"""What squawk finds and why it may be; for a migration that is not released only where PostgreSQL
has no other way."""


async def statements() -> dict[str, str]:
    """The SQL of each migration since those that ran while all processes were stopped."""
    described = config("postgres://nobody@127.0.0.1:1/none")
    await Tortoise.init(config=described, init_connections=False)
    executor = MigrationExecutor(get_connection("default"), described["apps"])
    executor.loader.load_disk()
    await executor.loader.build_graph()
    keys = sorted(executor.loader.graph.nodes, key=lambda key: key.name)
    online = [key for key in keys if int(key.name[:4]) >= FIRST_ONLINE]
    state = await executor._project_state({*keys}, upto=online[0])
    found = {}
    for key in online:
        migration = executor.loader.graph.nodes[key]
        assert isinstance(migration, Migration)
        editor = executor._schema_editor(atomic=False, collect_sql=True)
        state = await migration.apply(state, schema_editor=editor)
        lines = [f"{each};\n" for each in editor.collected_sql if not each.startswith("--")]
        whole = ["BEGIN;\n", *lines, "COMMIT;\n"] if migration.atomic else lines
        found[key.name] = "".join(whole)
    await Tortoise.close_connections()
    return found


def faults(folder: Path, sql: dict[str, str]) -> set[tuple[str, str]]:
    """Which migration breaks which rule."""
    paths = []
    for name, text in sql.items():
        paths.append(str(folder / f"{name}.sql"))
        Path(paths[-1]).write_text(text)
    found = json.loads(check("squawk", "--reporter", "json", *paths).stdout)
    return {(Path(each["file"]).stem, each["rule_name"]) for each in found}


async def test_no_migration_breaks_the_release_that_still_runs(tmp_path: Path) -> None:
    sql = await statements()
    assert re.search(r"ADD COLUMN", sql["0030_message_commits"])
    assert faults(tmp_path, sql) == {*ALLOWED}


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE payment DROP COLUMN status", "ban-drop-column"),
        ("ALTER TABLE payment RENAME COLUMN status TO state", "renaming-column"),
        ("ALTER TABLE payment ADD COLUMN x text NOT NULL", "adding-required-field"),
        ("DROP TABLE payment", "ban-drop-table"),
    ],
)
def test_what_would_break_it_is_found(tmp_path: Path, statement: str, rule: str) -> None:
    assert ("9999_wrong", rule) in faults(tmp_path, {"9999_wrong": f"{statement};"})
