"""How a payment changes: plain, synchronous decisions on values. No I/O, no clock, no randomness.

One ``PaymentChange`` is opened on what was loaded, changed, and finished into rows,
history, message types and jobs. Time, identifiers and encryption are passed in, so that the same
decision can be made again on what a faster change left.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from payment_engine.domain.accounting import (
    moved_money,
    refunds_of,
    reported_facts,
    rolled_up,
)
from payment_engine.domain.commit import Event, JobKey, JobRequest
from payment_engine.domain.decision import Decided, Situation
from payment_engine.domain.events import attempt_message
from payment_engine.domain.gateway import ChargeState, Method, NextAction, RefundState
from payment_engine.domain.history import INTERNAL, changed_columns, for_history
from payment_engine.domain.ids import gateway_ref
from payment_engine.domain.outcomes import (
    Conflict,
    OrderState,
    conflict_of,
    review_after_refund,
)
from payment_engine.domain.payment import Attempt, Refund, Snapshot, with_columns
from payment_engine.domain.states import (
    ATTEMPT_FINAL,
    ATTEMPT_SUCCEEDED,
    REFUND_UNDECIDED,
    AttemptStatus,
    Closing,
    RefundStatus,
    Step,
    step_attempt,
    step_refund,
)


class PaymentChange:
    """One payment on its way from one consistent state to the next."""

    def __init__(self, before: Snapshot, situation: Situation, *, new: bool = False) -> None:
        self.situation = situation
        self.now = situation.now
        self.payment = before.payment
        self._before = None if new else before
        self._attempts = {attempt.id: attempt for attempt in before.attempts}
        self._refunds = {refund.id: refund for refund in before.refunds}
        self._events: list[Event] = []
        self._announcements: list[str] = []
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
        attempt_id = row.attempt_id if isinstance(row, Refund) else row.id if row else None
        self._events.append(
            Event(
                payment_id=self.payment.id,
                version=self.payment.version,
                attempt_id=attempt_id,
                refund_id=row.id if isinstance(row, Refund) else None,
                type=kind,
                source=self.situation.source,
                data=data,
                at=self.now,
            )
        )

    def announce(self, kind: str) -> None:
        """Send the order service a message of this type with the change."""
        self._announcements.append(kind)

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

    def add_attempt(
        self,
        *,
        gateway: str,
        method: Method,
        expires_at: datetime,
        ref: str | None = None,
        routing: Mapping[str, Any] | None = None,
        **columns: Any,
    ) -> Attempt:
        """Record the intent to collect, before any gateway is called.

        ``ref`` is given if the gateway was chosen by it, or a wallet's link pays no other;
        ``routing`` is how the gateway was chosen, for the history.
        """
        attempt_id = f"att_{ref}" if ref else self.situation.ids.new("att")
        attempt = Attempt(
            id=attempt_id,
            payment_id=self.payment.id,
            number=len(self._attempts) + 1,
            ref=gateway_ref(attempt_id),
            gateway=gateway,
            method=method,
            status=AttemptStatus.CREATED,
            amount=self.payment.amount,
            currency=self.payment.currency,
            created_at=self.now,
            expires_at=expires_at,
            **columns,
        )
        self._attempts[attempt_id] = attempt
        routed = {"routing": dict(routing)} if routing else {}
        self.note("attempt.created", attempt, gateway=gateway, method=method, **routed)
        return attempt

    def add_refund(
        self,
        attempt: Attempt,
        amount: int,
        reason: str,
        lines: Any = (),
        *,
        automatic: bool = False,
    ) -> Refund:
        """Record the intent to refund ``amount`` paise and reserve them."""
        refund_id = self.situation.ids.new("rfd")
        refund = Refund(
            id=refund_id,
            payment_id=self.payment.id,
            attempt_id=attempt.id,
            ref=gateway_ref(refund_id),
            amount=amount,
            status=RefundStatus.CREATED,
            reason=reason,
            lines=list(lines),
            automatic=automatic,
            created_at=self.now,
        )
        self._refunds[refund_id] = refund
        self.update_attempt(
            attempt.id,
            amount_refund_reserved=refunds_of(self._refunds.values(), attempt.id).reserved,
        )
        self.note("refund.created", refund, amount=amount, reason=reason)
        return refund

    def apply_charge(self, attempt_id: str, state: ChargeState) -> Step:
        """Apply what a gateway reported about a charge, after its amount was checked."""
        attempt = self.attempt(attempt_id)
        step = step_attempt(attempt.status, state.status)
        reported = {"reported": state.status.value, "gateway_status": state.gateway_status}
        if step in (Step.STALE, Step.ILLEGAL):
            self.note(f"attempt.{step.value}", attempt, **reported)
            if step is Step.ILLEGAL:
                self.review(attempt, "contradicts what was known", **reported)
            return step
        attempt = self.update_attempt(attempt_id, **reported_facts(attempt, state))
        if state.next_action and attempt.live:
            sealed = self._sealed_action(attempt_id, state.next_action)
            attempt = self.update_attempt(attempt_id, next_action=sealed)
        if step is not Step.SAME:
            self._move(attempt, state)
            self.note(f"attempt.{state.status.value}", attempt, late=step is Step.LATE, **reported)
        return step

    def apply_refund(self, refund_id: str, state: RefundState) -> Step:
        """Apply what a gateway reported about a refund."""
        refund = self.refund(refund_id)
        step = step_refund(refund.status, state.status)
        names = ("gateway_status", "gateway_refund_id", "gateway_code", "arn", "rrn")
        facts = {name: getattr(state, name) or getattr(refund, name) for name in names}
        refund = self.update_refund(refund_id, **facts)
        if step in (Step.MOVE, Step.LATE):
            ended = None if state.status in REFUND_UNDECIDED else self.now
            refund = self.update_refund(refund_id, status=state.status, settled_at=ended)
            self._recount_refunds(refund)
            self.announce(f"refund.{state.status.value}")
        if step is not Step.SAME:
            self.note(f"refund.{state.status.value}", refund, step=step.value)
        return step

    def review(self, row: Attempt | Refund, reason: str, **details: Any) -> None:
        """Put it under review: what the gateway reported contradicts our record."""
        if self._current(row).review == reason:
            return
        row = self._set_review(row, reason)
        self.note("review", row, reason=reason, **details)
        self.announce("payment.review")

    def end_review(self, row: Attempt | Refund) -> None:
        """End a review: what it was about has been explained."""
        reason = self._current(row).review
        if reason:
            self.note("review.over", row, reason=reason)
            self._set_review(row, None)

    def release(self, attempt: Attempt, reason: str) -> None:
        """The customer no longer pays through this attempt; its outcome is still awaited."""
        self.update_attempt(attempt.id, live=False)
        self.note("attempt.released", attempt, why=reason)

    def close(self, closing: Closing) -> None:
        """Take no further attempt. Money that still arrives is honoured or sent back."""
        self.payment = with_columns(self.payment, closing=closing, closed_at=self.now)
        live = self.snapshot.live
        if live:
            self.release(live, closing.value)
        self.note(f"payment.{closing.value}")
        self.announce(f"payment.{closing.value}")

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
        return changed_columns(self._before, self.snapshot)

    def _count(self, *, version: int, revision: int) -> None:
        messages = len(self._announcements)
        if version or revision or messages:
            self.payment = with_columns(
                self.payment,
                version=self.payment.version + version,
                revision=self.payment.revision + revision,
                sequence=self.payment.sequence + messages,
            )

    def _move(self, attempt: Attempt, state: ChargeState) -> None:
        was_elected = attempt.elected
        final = state.status in ATTEMPT_FINAL
        attempt = self.update_attempt(
            attempt.id,
            status=state.status,
            **moved_money(attempt, state),
            **({"live": False, "settled_at": self.now} if final else {}),
        )
        if state.status in ATTEMPT_SUCCEEDED:
            self._succeeded(attempt)
            return
        self.update_attempt(attempt.id, elected=False)
        if was_elected:
            self.request_job("expire_payment", self.payment.id, self.payment.expires_at)
        self.announce(attempt_message(state.status, elected=was_elected))

    def _succeeded(self, attempt: Attempt) -> None:
        """Let it pay the order and release every other attempt, or send its money back, once."""
        conflict = attempt.conflict or self._conflict(attempt)
        if conflict:
            self._send_back(attempt, conflict)
            return
        for other in self.snapshot.attempts:
            if other.live and other.id != attempt.id:
                self.release(other, "another_succeeded")
        self.update_attempt(attempt.id, elected=True)
        if attempt.instrument_id:
            self._used.append(attempt.instrument_id)
        self.announce(attempt_message(attempt.status, elected=True))

    def _conflict(self, attempt: Attempt) -> Conflict | None:
        elected = self.snapshot.elected
        order = OrderState(
            paid_otherwise=elected is not None and elected.id != attempt.id,
            closing=self.payment.closing,
            closed_at=self.payment.closed_at,
            superseded=self.situation.superseded,
        )
        return conflict_of(order, self.now, self.situation.fulfilment_window)

    def _send_back(self, attempt: Attempt, conflict: str) -> None:
        attempt = self.update_attempt(attempt.id, conflict=conflict)
        self.note("conflict", attempt, why=conflict)
        self.announce("payment.conflict")
        if attempt.status is AttemptStatus.CAPTURED:
            reason = f"conflict_{conflict}"
            refund = self.add_refund(attempt, attempt.refundable, reason, automatic=True)
            self.request_job("refund", refund.id, self.now, attempt.gateway)
        else:
            self.request_job("void", attempt.id, self.now, attempt.gateway)

    def _recount_refunds(self, changed: Refund) -> None:
        """Sum the attempt's refunds anew; what is reserved stays within what was captured."""
        attempt = self.attempt(changed.attempt_id)
        sums = refunds_of(self._refunds.values(), attempt.id)
        attempt = self.update_attempt(
            attempt.id,
            amount_refunded=sums.refunded,
            amount_refund_reserved=min(sums.reserved, attempt.amount_captured),
        )
        failed = changed.automatic and changed.status is RefundStatus.FAILED
        review = review_after_refund(
            sums, attempt.amount_captured, automatic_failed=failed, review=attempt.review
        )
        if review:
            self.review(attempt, review, reserved=sums.reserved, amount=changed.amount)
        else:
            self.end_review(attempt)

    def _finished_events(self, changed: Mapping[str, dict[str, Any]]) -> tuple[Event, ...]:
        """The history of this change; its first line has all that changed."""
        if not self._events:
            self.note("updated")
        version = self.payment.version
        first, *others = (
            event if event.version == version else replace(event, version=version)
            for event in self._events
        )
        return (replace(first, changes=for_history(changed)), *others)

    def _sealed_action(self, attempt_id: str, action: NextAction) -> bytes:
        document = {
            "kind": action.kind,
            "url": action.url,
            "method": action.http_method,
            "fields": dict(action.fields),
            "uri": action.uri,
            "payee_name": action.payee_name,
        }
        return self.situation.seal(orjson.dumps(document), attempt_id)

    def _current(self, row: Attempt | Refund) -> Attempt | Refund:
        return self.attempt(row.id) if isinstance(row, Attempt) else self.refund(row.id)

    def _set_review(self, row: Attempt | Refund, reason: str | None) -> Attempt | Refund:
        if isinstance(row, Attempt):
            return self.update_attempt(row.id, review=reason)
        return self.update_refund(row.id, review=reason)
