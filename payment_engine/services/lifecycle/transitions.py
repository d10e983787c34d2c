"""The only writer of a status: under the payment's lock, row, history and outbox at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import orjson

from payment_engine import metrics
from payment_engine.db import jobs
from payment_engine.db import snapshot as snapshots
from payment_engine.db.connection import Connection
from payment_engine.db.models import Attempt, Payment, Refund, mark_used
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.errors import NotFound
from payment_engine.domain.gateway import ChargeState, NextAction, RefundState
from payment_engine.domain.ids import gateway_ref
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.states import (
    AttemptStatus,
    Closing,
    PaymentStatus,
    RefundStatus,
    Step,
    roll_up,
    step_attempt,
    step_refund,
)
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.draft import Draft

_OVER = frozenset({AttemptStatus.CAPTURED, AttemptStatus.FAILED, AttemptStatus.VOIDED})
_SUCCESS = frozenset({AttemptStatus.AUTHORIZED, AttemptStatus.CAPTURED})
_HELD = frozenset({RefundStatus.CREATED, RefundStatus.PENDING, RefundStatus.MANUAL_REVIEW})

_TOLD: dict[AttemptStatus, str] = {
    AttemptStatus.PENDING: "payment.pending",
    AttemptStatus.AUTHORIZED: "payment.authorized",
    AttemptStatus.CAPTURED: "payment.paid",
    AttemptStatus.FAILED: "payment.failed_attempt",
    AttemptStatus.VOIDED: "payment.voided",
}
"""What the order service hears when the attempt that paid, or might, reaches a status."""
_TOLD_OF_OTHERS = {**_TOLD, AttemptStatus.VOIDED: _TOLD[AttemptStatus.FAILED]}
"""Money released that never paid the order is no void of the payment."""

AUTOMATIC_REFUND_FAILED = "the automatic refund failed"


@asynccontextmanager
async def changing(engine: Engine, payment_id: str, source: str) -> AsyncIterator["Change"]:
    """Lock a payment, let the body change it, then write all of it in one transaction.

    ``source`` says who brought the news: answer, webhook, check, return, expiry or caller
    (MOD-7). Raises NotFound for a payment that does not exist.
    """
    async with engine.db.transaction() as tx:
        snapshot = await snapshots.read_locked(tx, payment_id)
        if snapshot is None:
            raise NotFound
        change = Change(engine, tx, snapshot, source)
        yield change
        await change.write()
    engine.waiters.wake(payment_id, change.payment.version)


async def open_free(engine: Engine, tx: Connection, payment: Payment) -> Snapshot:
    """Write a payment with nothing to pay: no gateway hears of it, the order service does (MNY-7).

    Raises tortoise's IntegrityError where the order has a payment already.
    """
    payment.status = PaymentStatus.PAID
    await payment.save(using_db=tx, force_create=True)
    change = Change(engine, tx, Snapshot(payment=payment, attempts=[], refunds=[]), "caller")
    change.note("payment.opened")
    change.tell(_TOLD[AttemptStatus.CAPTURED])
    await change.write()
    return change.snapshot


class Change(Draft):
    """One locked payment on its way from one consistent state to the next."""

    def add_attempt(
        self,
        *,
        gateway: str,
        method: str,
        expires_at: datetime,
        ref: str | None = None,
        instrument_id: str | None = None,
        routing: dict[str, Any] | None = None,
    ) -> Attempt:
        """Write down the intent to collect, before any gateway hears of it.

        ``ref`` is given where the way was chosen by it, or a wallet's link pays no other;
        ``routing`` is how the gateway was chosen, kept with the history.
        """
        attempt_id = f"att_{ref}" if ref else self.new_id("att")
        attempt = Attempt(
            id=attempt_id,
            payment_id=self.payment.id,
            number=len(self.snapshot.attempts) + 1,
            ref=gateway_ref(attempt_id),
            gateway=gateway,
            method=method,
            status=AttemptStatus.CREATED.value,
            amount=self.payment.amount,
            currency=self.payment.currency,
            created_at=self.now,
            expires_at=expires_at,
            instrument_id=instrument_id,
        )
        self.add(attempt)
        routed = {"routing": routing} if routing else {}
        self.note("attempt.created", attempt, gateway=gateway, method=method, **routed)
        return attempt

    def add_refund(
        self,
        attempt: Attempt,
        refund_id: str,
        amount: int,
        reason: str,
        lines: list[dict[str, Any]],
        *,
        automatic: bool = False,
    ) -> Refund:
        """Write down the intent to give ``amount`` paise back and reserve them."""
        refund = Refund(
            id=refund_id,
            payment_id=self.payment.id,
            attempt_id=attempt.id,
            ref=gateway_ref(refund_id),
            amount=amount,
            status=RefundStatus.CREATED.value,
            reason=reason,
            lines=lines,
            automatic=automatic,
            created_at=self.now,
        )
        self.add(refund)
        attempt.amount_refund_reserved = self._reserved(attempt)
        self.note("refund.created", refund, amount=amount, reason=reason)
        return refund

    async def report_charge(self, attempt: Attempt, state: ChargeState) -> Step:
        """Apply what a gateway said about a charge whose amount was found to agree."""
        step = step_attempt(AttemptStatus(attempt.status), state.status)
        seen = {"reported": state.status.value, "gateway_status": state.gateway_status}
        if step in (Step.STALE, Step.ILLEGAL):
            self.note(f"attempt.{step.value}", attempt, **seen)
            if step is Step.ILLEGAL:
                self.review(attempt, "contradicts what was known", **seen)
            return step
        _copy_facts(attempt, state)
        if state.next_action and attempt.live:
            attempt.next_action = self._seal(attempt, state.next_action)
        if step is not Step.SAME:
            await self._move(attempt, state)
            self.note(f"attempt.{state.status.value}", attempt, late=step is Step.LATE, **seen)
        return step

    def report_refund(self, refund: Refund, state: RefundState) -> Step:
        """Apply what a gateway said about a refund."""
        step = step_refund(RefundStatus(refund.status), state.status)
        for name in ("gateway_status", "gateway_refund_id", "gateway_code", "arn", "rrn"):
            setattr(refund, name, getattr(state, name) or getattr(refund, name))
        if step in (Step.MOVE, Step.LATE):
            refund.status = state.status
            refund.settled_at = None if state.status in _HELD else self.now
            self._recount_refunds(self.snapshot.attempt(refund.attempt_id), refund)
            self.tell(f"refund.{state.status.value}")
            metrics.refunds.labels(self._gateway_of(refund), state.status.value).inc()
        if step is not Step.SAME:
            self.note(f"refund.{state.status.value}", refund, step=step.value)
        return step

    def review(self, row: Attempt | Refund, reason: str, **both: Any) -> None:
        """Park it for a person: what the gateway says does not agree with our record (MOD-5)."""
        if row.review != reason:
            row.review = reason
            self.note("review", row, reason=reason, **both)
            self.tell("payment.review")
            metrics.reviews.labels(self._gateway_of(row)).inc()

    def reviewed(self, row: Attempt | Refund) -> None:
        """What a person was asked to look at has found its answer."""
        if row.review:
            self.note("review.over", row, reason=row.review)
            row.review = None

    def release(self, attempt: Attempt, why: str) -> None:
        """The customer no longer pays through this attempt; its outcome is still awaited."""
        attempt.live = False
        self.note("attempt.released", attempt, why=why)

    def close(self, closing: Closing) -> None:
        """Take no further attempt. Money that still arrives is honoured or sent back (MOD-6)."""
        self.payment.closing = closing
        self.payment.closed_at = self.now
        if self.snapshot.live:
            self.release(self.snapshot.live, closing.value)
        self.note(f"payment.{closing.value}")
        self.tell(f"payment.{closing.value}")

    async def write(self) -> None:
        """Roll the payment up and write what changed; nothing where nothing did."""
        self._roll_up()
        await super().write()

    async def _move(self, attempt: Attempt, state: ChargeState) -> None:
        was_elected = attempt.elected
        attempt.status = state.status
        metrics.attempts.labels(attempt.gateway, attempt.method, attempt.status).inc()
        _count_money(attempt, state.captured)
        if state.status in _OVER:
            attempt.live = False
            attempt.settled_at = self.now
        if state.status in _SUCCESS:
            await self._succeeded(attempt)
            return
        attempt.elected = False
        if was_elected:
            await jobs.enqueue(
                self.tx, JobKind.EXPIRE_PAYMENT, self.payment.id, self.payment.expires_at
            )
        self.tell(_TOLD[state.status] if was_elected else _TOLD_OF_OTHERS[state.status])

    async def _succeeded(self, attempt: Attempt) -> None:
        """Let it pay the order and give up every other, or send it back: once, then for good."""
        why = attempt.conflict or await self._refusal(attempt)
        if why:
            await self._send_back(attempt, why)
            return
        attempt.elected = True
        if attempt.instrument_id:
            await mark_used(self.tx, attempt.instrument_id, self.now)
        for other in self.snapshot.attempts:
            if other.live and other is not attempt:
                self.release(other, "another_succeeded")
        self.tell(_TOLD[AttemptStatus(attempt.status)])

    async def _refusal(self, attempt: Attempt) -> str | None:
        """Why money that arrived cannot pay the order; None where it can (MOD-6)."""
        payment, elected = self.payment, self.snapshot.elected
        if elected and elected is not attempt:
            return "second_success"
        if payment.closing == Closing.CANCELLED:
            return "cancelled"
        if payment.closed_at:
            window = self.engine.settings.fulfilment_window
            if (self.now - payment.closed_at).total_seconds() > window:
                return "too_late"
            if await self._superseded():
                return "superseded"
        return None

    async def _superseded(self) -> bool:
        newer = Payment.filter(
            merchant_id=self.payment.merchant_id,
            order_id=self.payment.order_id,
            created_at__gt=self.payment.created_at,
        )
        return await newer.using_db(self.tx).exists()

    async def _send_back(self, attempt: Attempt, why: str) -> None:
        attempt.conflict = why
        self.note("conflict", attempt, why=why)
        self.tell("payment.conflict")
        metrics.conflicts.labels(why).inc()
        if attempt.status == AttemptStatus.CAPTURED:
            left = attempt.amount_captured - attempt.amount_refund_reserved
            refund_id = self.new_id("rfd")
            self.add_refund(attempt, refund_id, left, f"conflict_{why}", [], automatic=True)
            await jobs.enqueue(self.tx, JobKind.REFUND, refund_id, self.now, attempt.gateway)
        else:
            await jobs.enqueue(self.tx, JobKind.VOID, attempt.id, self.now, attempt.gateway)

    def _reserved(self, attempt: Attempt) -> int:
        """Paise asked back from an attempt and not known to have failed."""
        kept = _HELD | {RefundStatus.SUCCEEDED}
        return sum(
            refund.amount
            for refund in self.snapshot.refunds
            if refund.attempt_id == attempt.id and RefundStatus(refund.status) in kept
        )

    def _recount_refunds(self, attempt: Attempt, changed: Refund) -> None:
        """A refund given up for failed may turn out, late, to be paid after another took its
        place: that truth is kept and reviewed, the reservation stays within the captured."""
        attempt.amount_refunded = sum(
            refund.amount
            for refund in self.snapshot.refunds
            if refund.attempt_id == attempt.id and refund.status == RefundStatus.SUCCEEDED
        )
        reserved = self._reserved(attempt)
        if reserved > attempt.amount_captured:
            self.review(attempt, "refunded more than captured", reserved=reserved)
        elif changed.automatic and changed.status == RefundStatus.FAILED:
            self.review(attempt, AUTOMATIC_REFUND_FAILED, amount=changed.amount)
        elif attempt.review == AUTOMATIC_REFUND_FAILED and reserved == attempt.amount_refunded:
            self.reviewed(attempt)
        attempt.amount_refund_reserved = min(reserved, attempt.amount_captured)

    def _roll_up(self) -> None:
        payment, attempts = self.payment, self.snapshot.attempts
        counting = [AttemptStatus(a.status) for a in attempts if a.live or a.elected]
        closing = Closing(payment.closing) if payment.closing else None
        payment.status = roll_up(counting, closing, free=payment.amount == 0)
        if payment.status in (PaymentStatus.PAID, PaymentStatus.AUTHORIZED):
            payment.closing = payment.closed_at = None
        payment.amount_authorized = sum(a.amount_authorized for a in attempts)
        payment.amount_captured = sum(a.amount_captured for a in attempts)
        payment.amount_refunded = sum(a.amount_refunded for a in attempts)

    def _seal(self, attempt: Attempt, action: NextAction) -> bytes:
        shown = {
            "kind": action.kind,
            "url": action.url,
            "method": action.http_method,
            "fields": dict(action.fields),
            "uri": action.uri,
            "payee_name": action.payee_name,
        }
        return self.engine.sealer.seal(orjson.dumps(shown), attempt.id)

    def _gateway_of(self, row: Attempt | Refund) -> str:
        return (row if isinstance(row, Attempt) else self.snapshot.attempt(row.attempt_id)).gateway


def _count_money(attempt: Attempt, captured: int | None) -> None:
    """What is held, and what is taken: held money that was let go is held no longer."""
    status = AttemptStatus(attempt.status)
    if status is AttemptStatus.AUTHORIZED:
        attempt.amount_authorized = attempt.amount
    elif status is AttemptStatus.CAPTURED:
        attempt.amount_captured = captured or attempt.amount
        attempt.amount_authorized = min(attempt.amount_authorized, attempt.amount_captured)
    else:
        attempt.amount_authorized = 0


def _copy_facts(attempt: Attempt, state: ChargeState) -> None:
    attempt.gateway_status = state.gateway_status
    for name in ("gateway_payment_id", "rrn", "decline_code", "gateway_code", "gateway_message"):
        setattr(attempt, name, getattr(state, name) or getattr(attempt, name))
