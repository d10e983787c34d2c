"""The rows, history, messages and jobs of one change, and how they are finished into one write."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from payment_engine.domain.accounting import rolled_up
from payment_engine.domain.commit import Event, JobKey, JobRequest
from payment_engine.domain.decision import Announcement, Decided, Situation
from payment_engine.domain.events import MessageType
from payment_engine.domain.history import INTERNAL, changed_columns, for_history
from payment_engine.domain.payment import Attempt, Refund, Snapshot
from payment_engine.domain.rows import with_columns


class ChangedRows:
    """What one change makes of a payment's rows, and what is written and sent with them."""

    def __init__(self, before: Snapshot, situation: Situation, *, new: bool = False) -> None:
        self.situation = situation
        self.now = situation.now
        self.payment = before.payment
        self._before = None if new else before
        self._hidden_methods = before.hidden_methods
        self._attempts = {attempt.id: attempt for attempt in before.attempts}
        self._refunds = {refund.id: refund for refund in before.refunds}
        self._events: list[Event] = []
        self._announcements: list[Announcement] = []
        self._jobs: dict[tuple[str, str], JobRequest] = {}
        self._withdrawn: dict[tuple[str, str], JobKey] = {}
        self._used: list[str] = []

    @property
    def snapshot(self) -> Snapshot:
        """The payment as it stands in this change."""
        return Snapshot(
            payment=self.payment,
            attempts=tuple(self._attempts.values()),
            refunds=tuple(self._refunds.values()),
            hidden_methods=self._hidden_methods,
        )

    def attempt(self, attempt_id: str) -> Attempt:
        """An attempt as it stands in this change; raises KeyError."""
        return self._attempts[attempt_id]

    def refund(self, refund_id: str) -> Refund:
        """A refund as it stands in this change; raises KeyError."""
        return self._refunds[refund_id]

    def update_attempt(self, attempt_id: str, **columns: Any) -> Attempt:
        """Give an attempt new values; the attempt as it then stands."""
        self._attempts[attempt_id] = with_columns(self._attempts[attempt_id], **columns)
        return self._attempts[attempt_id]

    def update_refund(self, refund_id: str, **columns: Any) -> Refund:
        """Give a refund new values; the refund as it then stands."""
        self._refunds[refund_id] = with_columns(self._refunds[refund_id], **columns)
        return self._refunds[refund_id]

    def note(self, kind: str, row: Attempt | Refund | None = None, **data: Any) -> None:
        """Add a line to the payment's history."""
        attempt_id, refund_id = _subject(row)
        self._events.append(
            Event(
                payment_id=self.payment.id,
                version=self.payment.version,
                attempt_id=attempt_id,
                refund_id=refund_id,
                type=kind,
                source=self.situation.source,
                data=data,
                at=self.now,
            )
        )

    def announce(self, kind: MessageType, row: Attempt | Refund | None = None) -> None:
        """Send the order service a message of this type, about this row, with the change."""
        attempt_id, refund_id = _subject(row)
        self._announcements.append(
            Announcement(type=kind, attempt_id=attempt_id, refund_id=refund_id)
        )

    def request_job(
        self, kind: str, subject: str, run_at: datetime, gateway: str | None = None
    ) -> None:
        """Request a job; of two requests for one job the earlier time wins."""
        known = self._jobs.get((kind, subject))
        if known:
            run_at, gateway = min(run_at, known.run_at), gateway or known.gateway
        self._jobs[kind, subject] = JobRequest(
            kind=kind, subject=subject, run_at=run_at, gateway=gateway
        )
        self._withdrawn.pop((kind, subject), None)

    def withdraw_job(self, kind: str, subject: str) -> None:
        """Withdraw a job."""
        self._jobs.pop((kind, subject), None)
        self._withdrawn[kind, subject] = JobKey(kind=kind, subject=subject)

    def finish(self) -> Decided | None:
        """Roll the payment up and list what is to be written; None if nothing is."""
        changed = self._roll_up()
        also = self._events or self._announcements or self._jobs or self._withdrawn
        if self._before and not (changed or also):
            return None
        return self._decided(changed)

    def finish_in_any_case(self) -> Decided:
        """The same if something else is written with it: an answer, a webhook, a new payment."""
        return self._decided(self._roll_up())

    def _decided(self, changed: dict[str, dict[str, Any]]) -> Decided:
        if self._before:
            visible = any(columns.keys() - INTERNAL for columns in changed.values())
            self._count(version=1 if visible else 0, revision=1)
        else:
            self._count(version=0, revision=0)
        return Decided(
            before=self._before,
            after=self.snapshot,
            attempts=tuple(row for row in self._attempts.values() if row.id in changed),
            refunds=tuple(row for row in self._refunds.values() if row.id in changed),
            events=self._finished_events(changed),
            announcements=tuple(self._announcements),
            jobs=tuple(self._jobs.values()),
            withdrawn=tuple(self._withdrawn.values()),
            used_instruments=tuple(self._used),
        )

    def _roll_up(self) -> dict[str, dict[str, Any]]:
        """Roll the payment up; the columns that have changed, by row."""
        self.payment = rolled_up(self.payment, tuple(self._attempts.values()))
        changed = changed_columns(self._before, self.snapshot)
        if changed and self._before and self._before.payment.erased_at:
            return self._personal_again(self._before)
        return changed

    def _personal_again(self, before: Snapshot) -> dict[str, dict[str, Any]]:
        """What changes after an erasure may be personal: it is erased once more in its time."""
        self.payment = with_columns(self.payment, erased_at=None)
        return changed_columns(before, self.snapshot)

    def _count(self, *, version: int, revision: int) -> None:
        messages = len(self._announcements)
        if version or revision or messages:
            self.payment = with_columns(
                self.payment,
                version=self.payment.version + version,
                revision=self.payment.revision + revision,
                sequence=self.payment.sequence + messages,
            )

    def _finished_events(self, changed: Mapping[str, dict[str, Any]]) -> tuple[Event, ...]:
        """The history of this change; its first line has all that changed."""
        if not self._events:
            self.note("updated")
        version = self.payment.version
        first, *others = (
            event if event.version == version else with_columns(event, version=version)
            for event in self._events
        )
        return (with_columns(first, changes=for_history(changed)), *others)


def _subject(row: Attempt | Refund | None) -> tuple[str | None, str | None]:
    """The attempt and the refund that something is about."""
    if isinstance(row, Refund):
        return row.attempt_id, row.id
    return row.id if row else None, None
