"""The report has a row for each kind of fault, and every outcome of every call."""

from collections.abc import Mapping

from tests.chaos.evidence import Evidence, TrueOrder
from tests.chaos.journal import Journal
from tests.chaos.plan import SHORT, FaultKind
from tests.chaos.report import errors, lines, recoveries
from tests.chaos.run import Outcome
from tests.chaos.verdict import Violation, Wrong


def outcome(
    journal: Journal,
    *violations: Violation,
    seconds: Mapping[FaultKind, list[float]] | None = None,
    away: list[tuple[float, float]] | None = None,
) -> Outcome:
    order = TrueOrder(gateway="juspay", ref="1", status="captured", charges={"t": 123_456})
    return Outcome(
        setting=SHORT,
        seed=7,
        planned=dict.fromkeys(FaultKind, 1),
        violations=list(violations),
        journal=journal,
        recoveries=seconds or {},
        away=away or [],
        evidence=Evidence(orders=[order]),
        waited=[],
        settled=61.0,
    )


def cut_short(journal: Journal, cut_at: float, ended: float) -> None:
    call = journal.begin("attempt", "key", "pay_1")
    call.cut_at, call.ended = cut_at, ended


def test_each_kind_of_fault_has_a_row_with_its_median_and_longest_recovery() -> None:
    rows = list(recoveries(outcome(Journal(), seconds={FaultKind.KILL_API: [1.0, 5.0, 2.0]})))
    assert "| kill -9 of an API | its successor serves | 1 | 2.0 s | 5.0 s |" in rows
    assert all(any(row.startswith(f"| {kind} |") for row in rows) for kind in FaultKind)


def test_calls_that_were_cut_short_while_postgresql_was_away_are_told_apart() -> None:
    journal = Journal()
    cut_short(journal, 10.0, 12.0)
    cut_short(journal, 20.0, 80.0)
    rows = list(recoveries(outcome(journal, away=[(15.0, 75.0)])))
    assert rows[-4].endswith("| 1 | 2.0 s | 2.0 s |")
    assert rows[-2].endswith("| 1 | 60.0 s | 60.0 s |")


def test_every_outcome_of_a_call_is_counted() -> None:
    journal = Journal()
    call = journal.begin("open", "key", "")
    for text in ("503 unavailable", "201", "201"):
        journal.tried(call, text)
    assert "| open | 3 | 201: 2, 503 unavailable: 1 |" in list(errors(outcome(journal)))


def test_what_is_wrong_is_listed_by_its_kind() -> None:
    found = list(lines(outcome(Journal(), Violation(Wrong.LOST, "an answer"))))
    assert found[found.index("1 acknowledged and lost") + 1] == "  an answer"
    assert "0 doubled" in found
    assert any("1,234.56 rupees charged" in line for line in found)
