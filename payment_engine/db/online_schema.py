"""Changes of the schema while the service runs: none stops the writes of a large table.

They are for migrations with ``atomic = False``, each statement in a commit of its own. One that was
interrupted is applied again from its beginning, so each statement may be repeated.
"""

from tortoise.migrations.operations import RunSQL

WAIT = "SET LOCAL lock_timeout = '3s'"
"""Whoever waits for the whole table makes all others wait, too: rather fail, and be run again."""


def limit_wait() -> RunSQL:
    """The first operation of an atomic migration that adds columns."""
    return RunSQL(WAIT, RunSQL.noop)


def add_check(table: str, name: str, rule: str) -> list[RunSQL]:
    """A CHECK that is valid for new rows at once, and for old ones after a scan that locks none."""
    drop = f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}"
    added = f"{drop}, ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID"
    return [
        RunSQL(f"{WAIT}; {added}", f"{WAIT}; {drop}"),
        RunSQL(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}", RunSQL.noop),
    ]


def change_check(table: str, name: str, rule: str, before: str) -> list[RunSQL]:
    """Replace a CHECK by one with another rule, as ``add_check`` adds one."""
    add, validate = add_check(table, name, rule)
    undo = add_check(table, name, before)[0].sql
    return [RunSQL(add.sql, undo), validate]


def create_index(name: str, where: str, *, unique: bool = False) -> list[RunSQL]:
    """An index on ``where``: its table, columns and condition. An invalid one of an interrupted
    migration is made anew."""
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    kind = "UNIQUE INDEX" if unique else "INDEX"
    return [
        RunSQL(drop, RunSQL.noop),
        RunSQL(f"CREATE {kind} CONCURRENTLY {name} ON {where}", drop),
    ]


def drop_index(name: str, where: str, *, unique: bool = False) -> list[RunSQL]:
    """Drop an index; ``where`` is what it was on, to create it again."""
    kind = "UNIQUE INDEX" if unique else "INDEX"
    return [
        RunSQL(
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} ON {where}",
        )
    ]


def leave_room(table: str, percent: int, *, before: int | None = None) -> list[RunSQL]:
    """Fill new pages only so far, so that a row's next version finds room beside it."""
    undo = f"SET (fillfactor = {before})" if before else "RESET (fillfactor)"
    return [
        RunSQL(f"ALTER TABLE {table} SET (fillfactor = {percent})", f"ALTER TABLE {table} {undo}")
    ]
