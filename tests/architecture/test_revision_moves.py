"""Whatever writes a payment, an attempt or a refund moves the payment's revision.

Only the payment store's commit writes these tables: every change passes its guard, so none is
lost when two are made at once. A second writer would have to be added to the lists below.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

from payment_engine.db.commit_statement import change_statement, open_statement
from payment_engine.db.retention import _RULES as RETENTION
from tests.architecture.test_rules import ENGINE, ROOT, nodes, trees

MONEY = ("payment", "attempt", "refund")
ALLOWED: dict[tuple[str, str], str] = {
    ("db/commit_statement.py", "INSERT INTO {table}"): "the commit itself",
    ("db/commit_statement.py", "UPDATE {table}"): "marks when saved instruments were last used",
    ("db/old_records.py", "DELETE FROM {}"): "consents and audit records",
    (
        "db/sealed_rows.py",
        "UPDATE {table}",
    ): "encrypted columns and their hashes alone",
    ("db/retention.py", "DELETE FROM {table}"): "tables of RETENTION, none of which is money's",
}
"""Statements whose table is filled in, by module, and why they write no row of money elsewhere."""
EXCEPTIONS: set[tuple[str, str]] = set()
"""Other writers, by module and what they write: none is left."""

_STATEMENT = re.compile(
    r"(?<!FOR )(?<!KEY )(?<!DO )\b"
    r"(?P<verb>UPDATE|INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)"
    r"\s+(?:TABLE\s+|ONLY\s+)*(?:public\.)?\"?(?P<table>\w+|\{\w*\}|$)",
    re.IGNORECASE,
)
_QUERY_WRITES = {
    *("save", "update", "create", "delete", "bulk_create", "bulk_update"),
    *("get_or_create", "update_or_create", "update_from_dict", "select_for_update"),
}
_ROW = re.compile(r"(?:^|_)(?:payment|attempt|refund)s?$", re.IGNORECASE)


def texts(tree: ast.Module) -> Iterator[str]:
    """Every text of a module; the holes of an f-string are {}."""
    parts = {
        id(part)
        for node in nodes(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    for node in nodes(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in parts:
            yield str(node.value)


def written_by_statement(tree: ast.Module) -> set[str]:
    """The statements that write a table of money, or a table that is filled in later."""
    return {
        f"{' '.join(match['verb'].upper().split())} {match['table']}".strip()
        for text in texts(tree)
        for match in _STATEMENT.finditer(text)
        if match["table"].lower() in (*MONEY, "") or match["table"].startswith("{")
    }


def names_of(call: ast.expr) -> set[str]:
    """The names in a chain of calls: Attempt.filter(id=1) has Attempt and filter."""
    if isinstance(call, ast.Attribute):
        return {call.attr} | names_of(call.value)
    if isinstance(call, ast.Call):
        of_type = isinstance(call.func, ast.Name) and call.func.id == "type"
        return {"payment"} if of_type else names_of(call.func)
    return {call.id} if isinstance(call, ast.Name) else set()


def written_by_query(tree: ast.Module) -> set[str]:
    """The calls that write rows of money through Tortoise, or of a class known only when run."""
    return {
        ast.unparse(node.func)
        for node in nodes(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _QUERY_WRITES
        and any(_ROW.search(name) for name in names_of(node.func.value))
    }


@cache
def writers() -> set[tuple[str, str]]:
    """Every writer of money's tables in the package, by module."""
    return {
        (str(path.relative_to(ROOT)), written)
        for path, tree in trees(ENGINE)
        for written in written_by_statement(tree) | written_by_query(tree)
    }


def test_only_the_commit_writes_payments_attempts_and_refunds() -> None:
    assert writers() - EXCEPTIONS == set(ALLOWED)


def test_no_exception_is_listed_that_is_gone() -> None:
    assert writers() >= EXCEPTIONS


def test_retention_deletes_no_money() -> None:
    assert not {rule.table or name for name, rule in RETENTION.items()} & set(MONEY)


def test_the_commit_moves_the_revision_that_it_checked() -> None:
    for extras in (False, True):
        statement = change_statement(extras=extras)
        assert "p.revision = x.expected FOR NO KEY UPDATE SKIP LOCKED" in statement
        [upsert] = re.findall(
            r"INSERT INTO payment \(.*?DO UPDATE SET (.*?)\)", statement, re.DOTALL
        )
        assert "revision = excluded.revision" in upsert
        assert_only_guarded(statement)
    assert "INSERT INTO payment (" in open_statement()
    assert "DO UPDATE SET amount" not in open_statement()


def assert_only_guarded(statement: str) -> None:
    """Each write of money takes only changes whose payment passed the guard."""
    written = re.findall(
        r"INSERT INTO (\w+) \(.*?WHERE x\.n IN \(SELECT n FROM (\w+)\)", statement, re.S
    )
    sources = {table: source for table, source in written if table in MONEY}
    assert sources == dict.fromkeys(MONEY, "passed")


def test_the_rule_would_catch_each_kind_of_write() -> None:
    planted = ast.parse(
        "A = 'update  payment SET x = 1'\n"
        "B = 'WITH a AS (INSERT INTO attempt (id) VALUES (1)) SELECT 1'\n"
        "C = f'DELETE FROM refund WHERE id = {x}'\n"
        "D = f'UPDATE {table} SET x = 1'\n"
        "E = 'UPDATE ' + table\n"
        "F = 'UPDATE ONLY public.payment SET x = 1'\n"
        "G = 'SELECT 1 FROM payment FOR UPDATE'\n"
        "H = 'INSERT INTO job (id) VALUES (1) ON CONFLICT DO UPDATE SET kind = 1'\n"
    )
    assert written_by_statement(planted) == {
        *("UPDATE payment", "INSERT INTO attempt", "DELETE FROM refund", "UPDATE {}", "UPDATE"),
    }
    planted = ast.parse(
        "Attempt.filter(id=1).using_db(tx).update(x=1)\n"
        "models.Refund.create(id=1)\n"
        "change.payment.save()\n"
        "type(row).filter(id=1).update(x=1)\n"
        "self._attempts.filter(id=1).delete()\n"
        "Job.filter(id=1).update(x=1)\n"
        "Payment.filter(id=1).first()\n"
    )
    assert len(written_by_query(planted)) == 5
