"""What the clients and the shops' endpoints of a run were answered, received and waited for."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.evidence import Acknowledged, Delivery, Unanswered

_IN_PROGRESS = "idempotency_in_progress"


@dataclass
class Call:
    """One call under a key, from its first try to its answer; times are monotonic.

    ``cut_at``: when a connection broke or timed out under it for the first time. ``running``: after
    that it was in progress, so its process had committed the intent.
    """

    kind: str
    key: str
    payment_id: str
    began: float = field(default_factory=time.monotonic)
    cut_at: float | None = None
    ended: float | None = None
    running: bool = False
    last: str = "nothing"
    abandoned: bool = False
    tries: int = 0


@dataclass
class Journal:
    """All of a run; ``answered_at``: when a call of a kind, or by a gateway, last succeeded."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    documents: dict[str, int] = field(default_factory=dict)
    answered_at: dict[str, float] = field(default_factory=dict)
    taken_at: dict[str, float] = field(default_factory=dict)

    def begin(self, kind: str, key: str, payment_id: str) -> Call:
        """A call that must be answered in the end."""
        call = Call(kind, key, payment_id)
        self.calls.append(call)
        return call

    def tried(self, call: Call, outcome: str, *, cut: bool = False) -> None:
        """One try of a call ended so."""
        call.tries += 1
        call.last = outcome
        self.outcomes[call.kind, outcome] += 1
        if cut and call.cut_at is None:
            call.cut_at = time.monotonic()
        call.running |= call.cut_at is not None and outcome.endswith(_IN_PROGRESS)

    def answered(self, call: Call, *names: str) -> None:
        """The call has its answer; ``names``: what else works, such as its gateway."""
        call.ended = time.monotonic()
        for name in (call.kind, *names):
            self.answered_at[name] = call.ended

    def saw(self, payment: Mapping[str, Any]) -> None:
        """Somebody was answered with this document of a payment."""
        captured = max(self.documents.get(payment["id"], 0), payment["amount_captured"])
        self.documents[payment["id"]] = captured

    def unanswered(self) -> list[Unanswered]:
        """The calls that were repeated to the end."""
        return [
            Unanswered(call=each.kind, key=each.key, payment_id=each.payment_id, last=each.last)
            for each in self.calls
            if each.ended is None and not each.abandoned
        ]

    def cut_short(self, *, running: bool) -> list[tuple[float, float]]:
        """When each call was cut short, and when its repetition was answered.

        ``running``: of those whose process had committed the intent, which others take over once
        its heartbeat is old; otherwise of the rest.
        """
        return [
            (each.cut_at, each.ended)
            for each in self.calls
            if each.ended is not None and each.cut_at is not None and each.running is running
        ]

    def internal_errors(self) -> list[str]:
        """Answers of 500, which no fault explains."""
        return [
            f"{call} was answered {outcome} {count} times"
            for (call, outcome), count in self.outcomes.items()
            if outcome.startswith("500")
        ]
