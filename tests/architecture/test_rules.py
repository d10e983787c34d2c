"""Design rules that can be checked on the syntax tree."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import payment_engine

ROOT = Path(payment_engine.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))
ENGINE = [path for path in SOURCES if "mock" not in path.parts and "demo" not in path.parts]


def trees(paths: list[Path]) -> Iterator[tuple[Path, ast.Module]]:
    for path in paths:
        yield path, _parsed(path)


@cache
def _parsed(path: Path) -> ast.Module:
    """Parsed once: most rules walk the whole package."""
    return ast.parse(path.read_text())


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Walked once, for the same reason."""
    return tuple(ast.walk(tree))


def room(path: Path) -> str:
    """The folder of the package that a module belongs to, however deep it lies in it."""
    return path.relative_to(ROOT).parts[0]


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def assigns_status(node: ast.AST) -> bool:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    return any(isinstance(t, ast.Attribute) and t.attr == "status" for t in targets)


def updates_status(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("update", "create", "bulk_create", "update_or_create")
        and any(keyword.arg == "status" for keyword in node.keywords)
    )


def test_one_module_alone_writes_a_status() -> None:
    writers = {
        where(path, node)
        for path, tree in trees(ENGINE)
        if room(path) in ("services", "blueprints", "db") and path.name != "transitions.py"
        for node in nodes(tree)
        if assigns_status(node) or updates_status(node)
    }
    assert not writers


def test_the_rule_of_one_writer_would_catch_a_second_one() -> None:
    planted = ast.parse("payment.status = 'paid'\nattempts.filter(id=1).update(status='paid')")
    caught = [node for node in ast.walk(planted) if assigns_status(node) or updates_status(node)]
    assert len(caught) == 2


def test_only_reports_change_a_payment_by_what_a_gateway_said() -> None:
    callers = {
        (node.attr, path.name)
        for path, tree in trees(ENGINE)
        for node in nodes(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("apply_charge", "apply_refund")
    }
    assert callers == {("apply_charge", "reports.py"), ("apply_refund", "refund_reports.py")}


def may_lose_paise(node: ast.AST) -> bool:
    """Division into a float, or a call that makes or rounds one."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return isinstance(node.op, ast.Div)
    called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    return called in ("float", "Decimal", "round")


def test_no_float_arithmetic_on_money() -> None:
    found = {
        where(path, node)
        for path, tree in trees(ENGINE)
        if room(path) in ("domain", "db", "services")
        for node in nodes(tree)
        if may_lose_paise(node)
    }
    assert not found


def test_the_rule_of_whole_paise_would_catch_a_division() -> None:
    planted = ast.parse("a = amount / 100\nb = float('1')\nc = round(d)\nc /= 3")
    assert len([node for node in ast.walk(planted) if may_lose_paise(node)]) == 4


def reads_clock(node: ast.AST) -> bool:
    """A call of the machine's own clock, where the engine has one that tests and simulator set."""
    called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return called in {"time.time", "time.monotonic", "datetime.now", "datetime.utcnow", "utc_now"}


def test_services_and_domain_read_no_clock_but_the_engines() -> None:
    found = {
        where(path, node)
        for path, tree in trees(ENGINE)
        if room(path) in ("domain", "services")
        for node in nodes(tree)
        if reads_clock(node)
    }
    assert not found


def test_the_rule_of_one_clock_would_catch_another() -> None:
    planted = ast.parse("a = time.monotonic()\nb = datetime.now(UTC)\nc = engine.now()")
    assert len([node for node in ast.walk(planted) if reads_clock(node)]) == 2


def test_every_module_says_in_one_line_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path, tree in trees(SOURCES)
        if not (ast.get_docstring(tree) or "").strip()
    ]
    assert not silent


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = [str(p.relative_to(ROOT)) for p in SOURCES if len(p.read_text().splitlines()) > 400]
    assert not long


def test_nothing_is_named_after_nothing() -> None:
    banned = {"utils", "helpers", "common", "manager", "handler", "misc"}
    assert not {path.stem for path in SOURCES} & banned


def test_gateway_exceptions_are_caught_by_services_only() -> None:
    failures = {"GatewayFailure", "NotSent", "Refused", "Unknown"}
    catchers = {
        room(path)
        for path, tree in trees(ENGINE)
        for node in nodes(tree)
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        for name in ast.walk(node.type)
        if isinstance(name, ast.Name) and name.id in failures
    }
    assert catchers <= {"services", "gateways"}


def swallows_a_failure(node: ast.AST) -> bool:
    """A handler of what leaves a charge open, or of anything, that does not raise in its turn."""
    if not isinstance(node, ast.ExceptHandler) or isinstance(node.body[-1], ast.Raise):
        return False
    caught = {name.id for name in ast.walk(node.type or node) if isinstance(name, ast.Name)}
    broad = {"GatewayFailure", "NotSent", "Unknown", "Exception", "BaseException"}
    return node.type is None or bool(broad & caught)


def test_no_adapter_swallows_what_the_wire_raises() -> None:
    adapters = [path for path in SOURCES if path.parent.parent.name == "gateways"]
    assert len(adapters) > 20
    swallowed = [
        where(path, node)
        for path, tree in trees(adapters)
        for node in nodes(tree)
        if swallows_a_failure(node)
    ]
    assert not swallowed


def test_the_rule_of_raising_on_would_catch_one_who_swallows() -> None:
    planted = ast.parse(
        "try: a()\nexcept Unknown: b()\n"
        "try: a()\nexcept: b()\n"
        "try: a()\nexcept Refused: b()\n"
        "try: a()\nexcept Unknown as e: raise B from e\n"
    )
    assert len([node for node in ast.walk(planted) if swallows_a_failure(node)]) == 2


SQL = re.compile(
    r"\s*(WITH \w+ AS |SELECT .+\sFROM |INSERT INTO |UPDATE \w+ SET |DELETE FROM )",
    re.IGNORECASE | re.DOTALL,
)
EXECUTORS = {"connections", "execute_query", "execute_query_dict"}


def speaks_to_the_database(node: ast.AST) -> bool:
    """A statement in a string, or a name by which one is run past ``engine.db``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return SQL.match(node.value) is not None
    if isinstance(node, ast.alias):
        return node.name in EXECUTORS | {"in_transaction"}
    return (getattr(node, "id", None) or getattr(node, "attr", None)) in EXECUTORS


def test_statements_and_connections_are_in_db_alone() -> None:
    found = {
        where(path, node)
        for path, tree in trees(ENGINE)
        if room(path) != "db"
        for node in nodes(tree)
        if speaks_to_the_database(node)
    }
    assert not found


def test_the_rule_of_one_place_for_statements_would_catch_others() -> None:
    planted = ast.parse(
        "from tortoise import connections\n"
        "from tortoise.transactions import in_transaction\n"
        "connections.get('default')\n"
        "await tx.execute_query(STATEMENT)\n"
        "_READ = '''\\nSELECT id\\nFROM payment'''\n"
        "_SET = 'update job set gateway = $1'\n"
        "_WITH = 'WITH claimed AS (INSERT INTO job VALUES (1)) SELECT 1'\n",
    )
    assert len([node for node in ast.walk(planted) if speaks_to_the_database(node)]) == 7


def test_only_the_line_of_a_request_is_written_without_the_mask() -> None:
    callers = {
        path.name
        for path, tree in trees(ENGINE)
        for node in nodes(tree)
        if isinstance(node, ast.Attribute) and node.attr == "write_unmasked"
    }
    assert callers == {"request_log.py"}
