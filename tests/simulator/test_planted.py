"""The simulator finds what it is there to find: each planted fault, by the seed on record.

``python -m tests.simulator.planted`` looks for the seeds anew and prints the table of the document.
"""

import re
from pathlib import Path

import pytest

from payment_engine.simulator.plan import parts_of
from payment_engine.simulator.run import run_plan, run_seed
from payment_engine.simulator.shrink import kind_of, shrunk
from tests.simulator.planted import PLANTED, Planted

SAFETY = Path(__file__).parents[2] / "docs/safety.md"
_ROW = re.compile(r"^\| (?P<name>[^|]+?) \| (?P<seed>\d+) \|", re.MULTILINE)
MOST_SEEDS = 1000


def recorded() -> dict[str, int]:
    """The first seed that found each fault, as the document has it."""
    return {row["name"]: int(row["seed"]) for row in _ROW.finditer(SAFETY.read_text())}


def test_every_planted_fault_is_on_record_within_a_thousand_seeds() -> None:
    assert set(recorded()) == {each.name for each in PLANTED}
    assert max(recorded().values()) < MOST_SEEDS


@pytest.mark.parametrize("planted", PLANTED, ids=lambda each: each.name)
def test_a_planted_fault_is_found_and_without_it_the_history_is_whole(planted: Planted) -> None:
    seed = recorded()[planted.name]
    with planted.installed() as parts:
        assert run_seed(seed, parts).violation
    assert run_seed(seed).violation is None


def test_a_history_is_replayed_line_by_line() -> None:
    for seed in range(4):
        assert run_seed(seed).history == run_seed(seed).history


def test_a_failure_is_shrunk_to_a_shorter_history_of_the_same_kind() -> None:
    planted = next(each for each in PLANTED if "out of order" in each.name)
    with planted.installed() as parts:
        failed = run_seed(recorded()[planted.name], parts)
        short = shrunk(failed, lambda plan: run_plan(plan, parts))
        again = run_plan(short.plan, parts)
    assert kind_of(short) == kind_of(failed)
    assert again.history == short.history
    assert len(parts_of(short.plan)) < len(parts_of(failed.plan)) / 3
