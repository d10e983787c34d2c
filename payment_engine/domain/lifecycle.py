"""How a payment changes: plain, synchronous decisions on values. No I/O, no clock, no randomness.

One ``PaymentChange`` is opened on what was loaded, changed, and finished into rows,
history, message types and jobs. Time, identifiers and encryption are passed in, so that the same
decision can be made again on what a faster change left.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from payment_engine.domain.accounting import moved_money, refunds_of, reported_facts
from payment_engine.domain.card_testing import says_something_of_its_card
from payment_engine.domain.changed_rows import ChangedRows
from payment_engine.domain.events import EventType, MessageType, attempt_message
from payment_engine.domain.gateway import ChargeState, NextAction, RefundState, StoredAction
from payment_engine.domain.ids import gateway_ref
from payment_engine.domain.outcomes import (
    AUTOMATIC_REFUND_FAILED,
    CONTRADICTS,
    NOT_SENT_BACK,
    REFUSED,
    Conflict,
    OrderState,
    conflict_of,
    contradicts,
    review_after_refund,
)
from payment_engine.domain.payment import Attempt, Refund
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.rows import with_columns
from payment_engine.domain.states import (
    ATTEMPT_FINAL,
    ATTEMPT_SUCCEEDED,
    PROGRESS,
    REFUND_NOT_SENT,
    REFUND_UNDECIDED,
    AttemptStatus,
    Closing,
    RefundStatus,
    Step,
    step_attempt,
    step_refund,
)


class PaymentChange(ChangedRows):
    """One payment on its way from one consistent state to the next."""

    def add_attempt(
        self,
        *,
        gateway: str,
        method: Method,
        expires_at: datetime,
        ref: str | None = None,
        routing: Mapping[str, Any] | None = None,
        unchosen: bool = False,
        **columns: Any,
    ) -> Attempt:
        """Record the intent to collect, before any gateway is called.

        ``ref`` is given if the gateway was chosen by it, or a wallet's link pays no other. For the
        history: ``routing`` is how the gateway was chosen, ``unchosen`` that the checkout started
        it before the customer chose a method.
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
        why: dict[str, Any] = {"routing": dict(routing)} if routing else {}
        if unchosen:
            why["at_once"] = True
        self.note("attempt.created", attempt, gateway=gateway, method=method, **why)
        return attempt

    def add_refund(
        self,
        attempt: Attempt,
        amount: int,
        reason: str,
        lines: Any = (),
        *,
        automatic: bool = False,
        foreign_ref: str | None = None,
        requested_by: str | None = None,
        needs_approval: bool = False,
    ) -> Refund:
        """Record the intent to refund ``amount`` paise and reserve them.

        ``foreign_ref`` is the gateway's reference of a refund that it makes without us. One that
        ``needs_approval`` waits for a second person.
        """
        refund_id = self.situation.ids.new("rfd")
        refund = Refund(
            id=refund_id,
            payment_id=self.payment.id,
            attempt_id=attempt.id,
            ref=gateway_ref(refund_id),
            amount=amount,
            status=RefundStatus.NEEDS_APPROVAL if needs_approval else RefundStatus.CREATED,
            reason=reason,
            lines=list(lines),
            automatic=automatic,
            foreign_ref=foreign_ref,
            requested_by=requested_by,
            created_at=self.now,
        )
        self._refunds[refund_id] = refund
        reserved = refunds_of(self._refunds.values(), attempt.id).reserved
        self.update_attempt(
            attempt.id, amount_refund_reserved=min(reserved, attempt.amount_captured)
        )
        step = {"step": Step.MOVE.value} if needs_approval else {}
        self.note(f"refund.{refund.status.value}", refund, amount=amount, reason=reason, **step)
        return refund

    def approve_refund(self, refund: Refund) -> None:
        """Let a refund that waited for a second person go to its gateway."""
        self.update_refund(refund.id, status=RefundStatus.CREATED, approved_at=self.now)
        self.note(EventType.REFUND_APPROVED, refund, step=Step.MOVE.value)

    def reject_refund(self, refund: Refund) -> None:
        """End a refund that was never sent; its amount can be refunded again."""
        refund = self.update_refund(refund.id, status=RefundStatus.REJECTED, settled_at=self.now)
        self.note(EventType.REFUND_REJECTED, refund, step=Step.MOVE.value)
        self._recount_refunds(refund)
        self.announce(MessageType.REFUND_REJECTED, refund)

    def apply_charge(self, attempt_id: str, state: ChargeState, *, looked: bool = False) -> Step:
        """Apply what a gateway reported about a charge, after its amount was checked.

        ``looked``: the gateway was looked up since the attempt has been as it stands. What it
        shows then is no older than our record, which it may contradict.
        """
        attempt = self.attempt(attempt_id)
        step = step_attempt(attempt.status, state.status)
        reported = {"reported": state.status.value, "gateway_status": state.gateway_status}
        if step in (Step.STALE, Step.ILLEGAL):
            self.note(f"attempt.{step.value}", attempt, **reported)
            if step is Step.ILLEGAL or (looked and contradicts(attempt.status, state)):
                self.review(attempt, CONTRADICTS, **reported)
            return step
        attempt = self.update_attempt(attempt_id, **reported_facts(attempt, state))
        if state.next_action and attempt.live:
            sealed = self._sealed_action(attempt_id, state.next_action)
            attempt = self.update_attempt(attempt_id, next_action=sealed)
        if step is not Step.SAME:
            self._move(attempt, state)
            moved = {"previous": attempt.status.value, "late": step is Step.LATE, **reported}
            self.note(f"attempt.{state.status.value}", attempt, **moved)
        return step

    def apply_refund(self, refund_id: str, state: RefundState) -> Step:
        """Apply what a gateway reported about a refund; of one that it was never sent, nothing."""
        refund = self.refund(refund_id)
        step = step_refund(refund.status, state.status)
        if refund.status in REFUND_NOT_SENT:
            self.note(EventType.REFUND_ILLEGAL, refund, reported=state.status.value)
            self.review(refund, CONTRADICTS, reported=state.status.value)
            return Step.ILLEGAL
        if step is Step.STALE and refund.gateway_status == REFUSED:
            step = Step.LATE
            self.request_job("refund", refund_id, self.now, self.attempt(refund.attempt_id).gateway)
        names = ("gateway_status", "gateway_refund_id", "gateway_code", "arn", "rrn")
        facts = {name: getattr(state, name) or getattr(refund, name) for name in names}
        refund = self.update_refund(refund_id, **facts)
        if step in PROGRESS:
            ended = None if state.status in REFUND_UNDECIDED else self.now
            refund = self.update_refund(refund_id, status=state.status, settled_at=ended)
            self._recount_refunds(refund)
            self.announce(MessageType(f"refund.{state.status.value}"), refund)
        if step is not Step.SAME:
            self.note(f"refund.{state.status.value}", refund, step=step.value)
        return step

    def replace_refund(self, refund_id: str) -> None:
        """Count a refund no longer, since another row has its money. It did not fail, so nobody
        hears that it may be made again."""
        refund = self.update_refund(refund_id, status=RefundStatus.FAILED, settled_at=self.now)
        self.note(EventType.REFUND_REPLACED, refund)
        self._recount_refunds(refund)

    def review(self, row: Attempt | Refund, reason: str, **details: Any) -> None:
        """Put it under review: what the gateway reported contradicts our record."""
        if self._current(row).review == reason:
            return
        row = self._set_review(row, reason)
        self.note("review", row, reason=reason, **details)
        self.announce(MessageType.PAYMENT_REVIEW, row)

    def end_review(self, row: Attempt | Refund, kind: str = "review.over") -> None:
        """End a review: what it was about has been explained, or a person resolved it."""
        reason = self._current(row).review
        if reason:
            self.note(kind, row, reason=reason)
            self._set_review(row, None)
            self.announce(MessageType.PAYMENT_REVIEW_OVER, row)

    def reconsider(self, attempt: Attempt) -> None:
        """Decide again about captured money, which its gateway no longer returns by itself."""
        self.note(EventType.CONFLICT_OVER, attempt, why=attempt.conflict)
        self._succeeded(self.update_attempt(attempt.id, conflict=None), sent_back=False)

    def release(self, attempt: Attempt, reason: str) -> None:
        """The customer no longer pays through this attempt; its outcome is still awaited."""
        self.update_attempt(attempt.id, live=False)
        self.note("attempt.released", attempt, why=reason)

    def close(self, closing: Closing, voided: Attempt | None = None) -> None:
        """Take no further attempt. Money that still arrives is honoured or sent back."""
        self.payment = with_columns(self.payment, closing=closing, closed_at=self.now)
        live = self.snapshot.live
        if live:
            self.release(live, closing.value)
        self.note(f"payment.{closing.value}")
        self.announce(MessageType(f"payment.{closing.value}"), voided)

    def _move(self, attempt: Attempt, state: ChargeState) -> None:
        was_elected, was_live = attempt.elected, attempt.live and not attempt.conflict
        final = state.status in ATTEMPT_FINAL
        declined = state.status is AttemptStatus.FAILED and says_something_of_its_card(
            attempt.method, attempt.decline_code
        )
        attempt = self.update_attempt(
            attempt.id,
            status=state.status,
            declined_at=self.now if declined else None,
            **moved_money(attempt, state),
            **({"live": False, "settled_at": self.now} if final else {}),
        )
        if state.status in ATTEMPT_SUCCEEDED:
            self._succeeded(attempt, sent_back=state.sent_back)
            return
        self.update_attempt(attempt.id, elected=False)
        if state.status is AttemptStatus.VOIDED and (was_elected or was_live):
            self.close(Closing.VOIDED, attempt)
            return
        if was_elected:
            self.request_job("expire_payment", self.payment.id, self.payment.expires_at)
        self.announce(attempt_message(state.status, elected=was_elected), attempt)

    def _succeeded(self, attempt: Attempt, *, sent_back: bool) -> None:
        """Let it pay the order and release every other attempt, or send its money back, once.

        ``sent_back``: the gateway does that by itself.
        """
        conflict = attempt.conflict or (
            Conflict.SENT_BACK if sent_back else self._conflict(attempt)
        )
        if conflict:
            attempt = self._set_conflict(attempt, conflict)
            if not sent_back:
                self._send_back(attempt, conflict)
            return
        for other in self.snapshot.attempts:
            if other.live and other.id != attempt.id:
                self.release(other, "another_succeeded")
        self.update_attempt(attempt.id, elected=True)
        if attempt.instrument_id:
            self._used.append(attempt.instrument_id)
        self.announce(attempt_message(attempt.status, elected=True), attempt)

    def _conflict(self, attempt: Attempt) -> Conflict | None:
        elected = self.snapshot.elected
        order = OrderState(
            paid_otherwise=elected is not None and elected.id != attempt.id,
            closing=self.payment.closing,
            closed_at=self.payment.closed_at,
            superseded=self.situation.superseded,
        )
        return conflict_of(order, self.now, self.situation.fulfilment_window)

    def _set_conflict(self, attempt: Attempt, conflict: str) -> Attempt:
        if attempt.elected:
            self.request_job("expire_payment", self.payment.id, self.payment.expires_at)
        attempt = self.update_attempt(attempt.id, conflict=conflict, elected=False)
        self.note("conflict", attempt, why=conflict)
        self.announce(MessageType.PAYMENT_CONFLICT, attempt)
        return attempt

    def _send_back(self, attempt: Attempt, conflict: str) -> None:
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
        failed = changed.status is RefundStatus.FAILED
        failure = _failure_of(changed, attempt) if failed else None
        if failure:
            self.request_job("confirm_charge", attempt.id, self.now, attempt.gateway)
        review = review_after_refund(
            sums,
            attempt.amount_captured,
            failure=failure,
            review=attempt.review,
        )
        if review:
            self.review(attempt, review, reserved=sums.reserved, amount=changed.amount)
        else:
            self.end_review(attempt)

    def _sealed_action(self, attempt_id: str, action: NextAction) -> bytes:
        document: StoredAction = {
            "kind": action.kind,
            "url": action.url,
            "method": action.http_method,
            "fields": dict(action.fields),
            "uri": action.uri,
            "payee_name": action.payee_name,
            "platform": action.platform,
        }
        return self.situation.seal(orjson.dumps(document), attempt_id)

    def _current(self, row: Attempt | Refund) -> Attempt | Refund:
        return self.attempt(row.id) if isinstance(row, Attempt) else self.refund(row.id)

    def _set_review(self, row: Attempt | Refund, reason: str | None) -> Attempt | Refund:
        if isinstance(row, Attempt):
            return self.update_attempt(row.id, review=reason)
        return self.update_refund(row.id, review=reason)


def _failure_of(refund: Refund, attempt: Attempt) -> str | None:
    """The review that a failed refund calls for; None if only its caller needs to know.

    Money that pays no order has to go back, whoever asked for the refund: we by ourselves, or the
    shop after ours had failed.
    """
    if refund.automatic:
        return AUTOMATIC_REFUND_FAILED
    if not attempt.conflict:
        return None
    return NOT_SENT_BACK if refund.foreign_ref else AUTOMATIC_REFUND_FAILED
