"""No on-call route sets a final status."""

import ast
from pathlib import Path

import payment_engine
from payment_engine import blueprints
from payment_engine.blueprints.operation import OPERATIONS

ROOT = Path(payment_engine.__file__).parent
ACTIONS = sorted((ROOT / "services" / "oncall").glob("[a-z]*.py"))
WRITERS = {"transitions", "change_payment", "apply_charge", "apply_refund", "apply_charge_outcome"}
MONEY = {"Payment", "Attempt", "Refund"}
WRITES = {"update", "create", "bulk_create", "save", "delete", "update_or_create"}


def names_in(tree: ast.AST) -> set[str]:
    """Every name that a module speaks of."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    return found | {alias.name.rpartition(".")[2] for node in imports for alias in node.names}


def written_tables(tree: ast.AST) -> set[str]:
    """The tables of money that a call chain ending in a write begins with."""
    chains = [
        {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
    ]
    return MONEY & set().union(*chains)


def test_actions_reach_no_writer_of_a_status() -> None:
    trees = [ast.parse(path.read_text()) for path in ACTIONS]
    assert len(trees) >= 4
    assert [WRITERS & names_in(tree) for tree in trees] == [set()] * len(trees)
    assert [written_tables(tree) for tree in trees] == [set()] * len(trees)


def test_the_rule_would_catch_an_action_that_writes() -> None:
    planted = ast.parse("from a.change import change_payment\nAttempt.filter(id=1).update(x=1)")
    assert WRITERS & names_in(planted)
    assert written_tables(planted) == {"Attempt"}


def test_no_action_takes_an_outcome_from_its_caller() -> None:
    assert blueprints.ALL
    outcomes = {
        (operation.path, name)
        for operation in OPERATIONS
        if operation.path.startswith("/v1/admin") and operation.body
        for name in operation.body.model_fields
        if name in ("status", "amount_captured", "amount_refunded", "outcome", "settled_at")
    }
    assert outcomes == set()


def test_every_action_takes_a_reason_a_dry_run_and_a_role() -> None:
    actions = [o for o in OPERATIONS if o.path.startswith("/v1/admin") and o.method != "GET"]
    assert len(actions) >= 8
    for operation in actions:
        assert {"reason", "dry_run"} <= operation.body.model_fields.keys(), operation.path
        assert operation.role in ("operate", "refund", "approve", "config", "keys"), operation.path
        assert operation.callers == {"admin"}, operation.path
