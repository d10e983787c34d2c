"""What a run showed, for people and as JSON."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.chaos.plan import FaultKind
from tests.chaos.run import Outcome
from tests.chaos.verdict import Wrong, redeliveries

RESULTS = Path(__file__).parent / "results"
UNTIL = {
    FaultKind.KILL_API: "its successor serves",
    FaultKind.KILL_WORKER: "its successor serves",
    FaultKind.POSTGRES_RESTART: "a payment is opened after it takes connections",
    FaultKind.POSTGRES_CRASH: "a payment is opened after it takes connections",
    FaultKind.POSTGRES_AWAY: "a payment is opened after it takes connections",
    FaultKind.MONGO_AWAY: "the spooled raw log is in it",
    FaultKind.GATEWAY_HANGS: "an attempt by it is answered",
    FaultKind.SHOP_HANGS: "it takes a message",
    FaultKind.ROLLING_RESTART: "all four processes are replaced",
}
"""What each recovery time is measured to, from the end of the fault."""

_CUT_SHORT = {
    (False, False): "a call is cut short before its intent is committed, or after its answer",
    (True, False): "a call is cut short between its intent and its answer",
    (False, True): "the first of these, and PostgreSQL is away meanwhile",
    (True, True): "the second of these, and PostgreSQL is away meanwhile",
}
"""By whether the process had committed the intent, and whether PostgreSQL was away meanwhile."""


def lines(outcome: Outcome) -> Iterator[str]:
    """The report as text: tables in Markdown, then the violations."""
    yield from recoveries(outcome)
    yield ""
    yield from errors(outcome)
    yield ""
    yield from totals(outcome)
    for wrong in Wrong:
        found = [each.text for each in outcome.violations if each.wrong is wrong]
        yield f"{len(found)} {wrong}"
        yield from (f"  {each}" for each in found[:20])


def recoveries(outcome: Outcome) -> Iterator[str]:
    """A row for each kind of fault, and one for calls that were cut short."""
    yield "| Fault | Recovered when | Times | Median | Longest |"
    yield "| --- | --- | --- | --- | --- |"
    for kind, count in outcome.planned.items():
        yield _row(kind, count, UNTIL[kind], outcome.recoveries.get(kind, []))
    for name, again in _cut_short(outcome).items():
        yield _row(name, len(again), "its repetition is answered", again)


def errors(outcome: Outcome) -> Iterator[str]:
    """How often each kind of call ended how, successes included."""
    of_call: dict[str, Counter[str]] = defaultdict(Counter)
    for (call, result), count in outcome.journal.outcomes.items():
        of_call[call][result] += count
    yield "| Call | Tries | Ended with |"
    yield "| --- | --- | --- |"
    for call, results in of_call.items():
        ended = ", ".join(f"{result}: {count}" for result, count in results.most_common())
        yield f"| {call} | {results.total()} | {ended} |"


def totals(outcome: Outcome) -> Iterator[str]:
    """What the verdict was made from."""
    evidence = outcome.evidence
    attempts = [each for payment in evidence.payments for each in payment.attempts]
    statuses = Counter(each.status for each in attempts)
    gateways = Counter(each.gateway for each in attempts)
    yield (
        f"{outcome.setting.name} run of seed {outcome.seed}: "
        f"{len(evidence.payments)} payments, {len(attempts)} attempts "
        f"({_counted(statuses)}; {_counted(gateways)}), "
        f"{sum(len(each.refunds) for each in evidence.payments)} refunds, "
        f"{len(evidence.acknowledged)} acknowledged calls, "
        f"{len(evidence.deliveries)} messages ({redeliveries(evidence.deliveries)} redelivered)"
    )
    charged = sum(each.charged for each in evidence.orders)
    refunded = sum(each.refunded for each in evidence.orders)
    yield (
        f"{charged / 100:,.2f} rupees charged and {refunded / 100:,.2f} refunded at the gateways; "
        f"{_settled(outcome)} {outcome.settled:.0f} s after the last fault; "
        f"{len(outcome.waited)} UPI attempts waited for a check then; load {_load()}"
    )


def _counted(names: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in names.most_common())


def store(outcome: Outcome) -> Path:
    """Write the figures as JSON; the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{outcome.setting.name}.json"
    path.write_text(json.dumps(_document(outcome), indent=1))
    return path


def _document(outcome: Outcome) -> dict[str, Any]:
    calls = sorted(outcome.journal.outcomes.items())
    return {
        "setting": vars(outcome.setting),
        "seed": outcome.seed,
        "load": _load(),
        "recoveries": {kind: _rounded(each) for kind, each in outcome.recoveries.items()},
        "cut_short": {name: _rounded(each) for name, each in _cut_short(outcome).items()},
        "calls": [[call, result, count] for (call, result), count in calls],
        "totals": list(totals(outcome)),
        "violations": [list(each) for each in outcome.violations],
    }


def _cut_short(outcome: Outcome) -> dict[str, list[float]]:
    """Seconds from the cut to the answer under the same key, by the kinds above."""
    found: dict[str, list[float]] = {name: [] for name in _CUT_SHORT.values()}
    for running in (False, True):
        for cut_at, ended in outcome.journal.cut_short(running=running):
            away = any(cut_at < end and begin < ended for begin, end in outcome.away)
            found[_CUT_SHORT[running, away]].append(ended - cut_at)
    return found


def _row(name: str, count: int, until: str, seconds: Sequence[float]) -> str:
    times = (f"{median(seconds):.1f} s", f"{max(seconds):.1f} s") if seconds else ("-", "-")
    return f"| {name} | {until} | {count} | {times[0]} | {times[1]} |"


def _rounded(seconds: Iterable[float]) -> list[float]:
    return [round(each, 2) for each in seconds]


def _settled(outcome: Outcome) -> str:
    return "not everything agreed" if outcome.violations else "everything agreed"


def _load() -> str:
    """Of the machine over the last 15 minutes, and its processors."""
    return f"{os.getloadavg()[2]:.1f} on {os.cpu_count()} processors"
