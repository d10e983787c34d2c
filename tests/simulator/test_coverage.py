"""What is reported as visited was, and what is left out exists."""

from payment_engine.simulator.coverage import SELDOM, UNREACHED, Coverage, awaiting
from payment_engine.simulator.run import run_seed


def test_every_function_that_is_left_out_exists_and_awaits() -> None:
    assert set(UNREACHED) | set(SELDOM) <= awaiting()
    assert not set(UNREACHED) & set(SELDOM)


def test_deaths_and_faults_are_counted_where_they_happen() -> None:
    coverage = Coverage()
    for seed in range(30):
        run_seed(seed, coverage=coverage)
    assert {"db.batches.Batches.do", "services.lifecycle.change.change_payment"} <= set(
        coverage.kills
    )
    both = Coverage()
    both.add(coverage)
    both.add(coverage)
    site = next(iter(coverage.faults))
    assert both.faults[site] == 2 * coverage.faults[site]
    assert len(both.missing_faults()) == len(coverage.missing_faults()) > 0


def test_a_report_names_what_was_not_visited() -> None:
    lines = list(Coverage().lines())
    assert lines[0].startswith("faults x states: 0 of ")
    assert any("services.refunds.issue.push_refund (unexplained)" in line for line in lines)
