"""What the simulator runs reaches the database through its ports only."""

import ast
from pathlib import Path

import pytest

from payment_engine.simulator.coverage import SCOPE

ROOT = Path(__file__).parents[2] / "payment_engine"
SERVICES = [name for name in SCOPE if name.startswith("services/")]
FOR_PEOPLE = {"services/webhooks/inbox", "services/webhooks/quarantine"}
"""They read tables for people on call as well, which nothing simulated does."""


@pytest.mark.parametrize("name", SERVICES)
def test_a_simulated_service_has_no_way_to_postgresql_but_the_stores(name: str) -> None:
    tree = ast.parse((ROOT / f"{name}.py").read_text())
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert not [node.lineno for node in attributes if node.attr == "db"]
    models = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "payment_engine.db.models"
    ]
    assert name in FOR_PEOPLE or not models
