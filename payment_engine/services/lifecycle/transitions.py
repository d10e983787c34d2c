"""The only writer of a status: changes a locked payment, with its history, messages and jobs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from payment_engine import metrics
from payment_engine.db import jobs
from payment_engine.db import snapshot as snapshots
from payment_engine.db.connection import Connection
from payment_engine.db.models import (
    Attempt,
    OutboxMessage,
    Payment,
    PaymentEvent,
    Refund,
    mark_used,
)
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.errors import NotFound
from payment_engine.domain.events import EventType, MessageType, Source, attempt_message
from payment_engine.domain.gateway import ChargeState, Method, RefundState
from payment_engine.domain.ids import Prefix, gateway_ref, new_id
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.outcomes import (
    AttemptMoney,
    Conflict,
    OrderState,
    conflict_of,
    money_after,
    refund_sums,
    review_after_refund,
)
from payment_engine.domain.states import (
    ATTEMPT_FINAL,
    ATTEMPT_SUCCEEDED,
    PAYMENT_SECURED,
    REFUND_UNDECIDED,
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
from payment_engine.services.documents import payment_document
from payment_engine.services.lifecycle.facts import (
    copy_charge_facts,
    copy_refund_facts,
    sealed_action,
)
from payment_engine.services.lifecycle.writes import Writes


@asynccontextmanager
async def change_payment(
    engine: Engine, payment_id: str, source: Source
) -> AsyncIterator["PaymentChange"]:
    """Lock a payment, let the body change it, then write all of it in one transaction.

    ``source`` says who reported the change. Raises NotFound for a payment that does not
    exist.
    """
    async with engine.db.transaction() as tx:
        snapshot = await snapshots.read_locked(tx, payment_id)
        if snapshot is None:
            raise NotFound
        change = PaymentChange(engine, tx, snapshot, source)
        yield change
        await change.write()
    engine.waiters.wake(payment_id, change.payment.version)


async def open_free_payment(engine: Engine, tx: Connection, payment: Payment) -> Snapshot:
    """Write a payment with nothing to pay, which is paid at once, and report it.

    No gateway is called. Raises tortoise's IntegrityError if the order has a payment already.
    """
    payment.status = PaymentStatus.PAID
    await payment.save(using_db=tx, force_create=True)
    snapshot = Snapshot(payment=payment, attempts=[], refunds=[])
    change = PaymentChange(engine, tx, snapshot, Source.CALLER)
    change.record(EventType.PAYMENT_OPENED)
    change.notify(MessageType.PAYMENT_PAID)
    await change.write()
    return snapshot


class PaymentChange:
    """One locked payment on its way from one consistent state to the next.

    Every method changes ``snapshot`` in memory; ``write`` writes what changed.
    """

    def __init__(self, engine: Engine, tx: Connection, snapshot: Snapshot, source: Source) -> None:
        self.engine = engine
        self.tx = tx
        self.snapshot = snapshot
        self.payment = snapshot.payment
        self.source = source
        self.now: datetime = engine.now()
        self._writes = Writes(snapshot)
        self._messages: list[MessageType] = []

    def new_id(self, prefix: Prefix) -> str:
        """An identifier of this moment."""
        return new_id(prefix, int(self.now.timestamp() * 1000))

    def record(self, event: EventType, row: Attempt | Refund | None = None, **data: Any) -> None:
        """Add a line to the payment's history."""
        self._writes.events.append(
            PaymentEvent(
                payment_id=self.payment.id,
                version=self.payment.version,
                attempt_id=row.attempt_id if isinstance(row, Refund) else row and row.id,
                refund_id=row.id if isinstance(row, Refund) else None,
                type=event.value,
                source=self.source.value,
                data=data,
                at=self.now,
            )
        )

    def notify(self, message: MessageType) -> None:
        """Report the change to the order service."""
        self._messages.append(message)

    def enqueue(
        self, kind: JobKind, subject: str, run_at: datetime, gateway: str | None = None
    ) -> None:
        """Request a job, as ``db.jobs.enqueue`` does."""
        job = partial(jobs.enqueue, kind=kind, subject=subject, run_at=run_at, gateway=gateway)
        self._writes.effects.append(job)

    def reassign_job(self, kind: JobKind, subject: str, gateway: str) -> None:
        """From now on this job, if there is one, calls this gateway."""
        self._writes.effects.append(
            partial(jobs.reassign, kind=kind, subject=subject, gateway=gateway)
        )

    def withdraw_job(self, kind: JobKind, subject: str) -> None:
        """Remove a job, if there is one."""
        self._writes.effects.append(partial(jobs.withdraw, kind=kind, subject=subject))

    def add_attempt(
        self,
        *,
        gateway: str,
        method: Method,
        expires_at: datetime,
        ref: str | None = None,
        instrument_id: str | None = None,
        routing: dict[str, Any] | None = None,
    ) -> Attempt:
        """Write the intent to collect, before any gateway is called.

        ``ref`` is given if the gateway was chosen by it, or a wallet's link pays no other.
        ``routing`` is how the gateway was chosen, for the history.
        """
        attempt_id = f"att_{ref}" if ref else self.new_id("att")
        attempt = Attempt(
            id=attempt_id,
            payment_id=self.payment.id,
            number=len(self.snapshot.attempts) + 1,
            ref=gateway_ref(attempt_id),
            gateway=gateway,
            method=method,
            status=AttemptStatus.CREATED,
            amount=self.payment.amount,
            currency=self.payment.currency,
            created_at=self.now,
            expires_at=expires_at,
            instrument_id=instrument_id,
        )
        attempt.payment = self.payment
        self.snapshot.attempts.append(attempt)
        facts = {"routing": routing} if routing else {}
        self.record(
            EventType.ATTEMPT_CREATED, attempt, gateway=gateway, method=method.value, **facts
        )
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
        """Write the intent to refund ``amount`` paise, and reserve them."""
        refund = Refund(
            id=refund_id,
            payment_id=self.payment.id,
            attempt_id=attempt.id,
            ref=gateway_ref(refund_id),
            amount=amount,
            status=RefundStatus.CREATED,
            reason=reason,
            lines=lines,
            automatic=automatic,
            created_at=self.now,
        )
        refund.attempt = attempt
        self.snapshot.refunds.append(refund)
        attempt.amount_refund_reserved += amount
        self.record(EventType.REFUND_CREATED, refund, amount=amount, reason=reason)
        return refund

    def apply_charge(self, attempt: Attempt, state: ChargeState) -> Step:
        """Apply what a gateway reported about a charge, once its amount was checked."""
        step = step_attempt(attempt.status, state.status)
        facts = {"reported": state.status.value, "gateway_status": state.gateway_status}
        if step is Step.STALE:
            self.record(EventType.ATTEMPT_STALE, attempt, **facts)
        elif step is Step.ILLEGAL:
            self.record(EventType.ATTEMPT_ILLEGAL, attempt, **facts)
            self.review(attempt, "contradicts what was known", **facts)
        else:
            copy_charge_facts(attempt, state)
            if state.next_action and attempt.live:
                attempt.next_action = sealed_action(self.engine.sealer, attempt, state.next_action)
        if step in (Step.MOVE, Step.LATE):
            self._move(attempt, state)
            event = EventType(f"attempt.{state.status}")
            self.record(event, attempt, late=step is Step.LATE, **facts)
        return step

    def apply_refund(self, refund: Refund, state: RefundState) -> Step:
        """Apply what a gateway reported about a refund."""
        step = step_refund(refund.status, state.status)
        copy_refund_facts(refund, state)
        if step in (Step.MOVE, Step.LATE):
            refund.status = state.status
            refund.settled_at = None if state.status in REFUND_UNDECIDED else self.now
            self._count_refunds(self.snapshot.attempt(refund.attempt_id), refund)
            self.notify(MessageType(f"refund.{state.status}"))
            metrics.refunds.labels(self._gateway_of(refund), state.status.value).inc()
        if step is not Step.SAME:
            self.record(EventType(f"refund.{state.status}"), refund, step=step.value)
        return step

    def review(self, row: Attempt | Refund, reason: str, **facts: Any) -> None:
        """Put a row under review, for a person to check. The same reason again changes nothing."""
        if row.review != reason:
            row.review = reason
            self.record(EventType.REVIEW, row, reason=reason, **facts)
            self.notify(MessageType.PAYMENT_REVIEW)
            metrics.reviews.labels(self._gateway_of(row)).inc()

    def end_review(self, row: Attempt | Refund) -> None:
        """End a review: what it was about has been explained."""
        if row.review:
            self.record(EventType.REVIEW_OVER, row, reason=row.review)
            row.review = None

    def release(self, attempt: Attempt, why: str) -> None:
        """The customer no longer pays through this attempt; its outcome is still awaited."""
        attempt.live = False
        self.record(EventType.ATTEMPT_RELEASED, attempt, why=why)

    def close(self, closing: Closing) -> None:
        """Take no further attempt. Money that still arrives is honoured or sent back."""
        self.payment.closing = closing
        self.payment.closed_at = self.now
        if self.snapshot.live:
            self.release(self.snapshot.live, closing.value)
        self.record(EventType(f"payment.{closing}"))
        self.notify(MessageType(f"payment.{closing}"))

    async def write(self) -> None:
        """Roll the payment up and write what changed; nothing if nothing changed."""
        self._roll_up()
        if self._writes.visible():
            self.payment.version += 1
        for event in self._writes.events:
            event.version = self.payment.version
        messages = [self._message(each) for each in self._messages]
        if not self._writes.empty():
            self.payment.revision += 1
        await self._writes.write(self.tx, messages)

    def _move(self, attempt: Attempt, state: ChargeState) -> None:
        was_elected = attempt.elected
        attempt.status = state.status
        metrics.attempts.labels(attempt.gateway, attempt.method, attempt.status).inc()
        before = AttemptMoney(
            authorized=attempt.amount_authorized, captured=attempt.amount_captured
        )
        money = money_after(state.status, attempt.amount, before, state.captured)
        attempt.amount_authorized, attempt.amount_captured = money.authorized, money.captured
        if state.status in ATTEMPT_FINAL:
            attempt.live = False
            attempt.settled_at = self.now
        if state.status in ATTEMPT_SUCCEEDED:
            self._succeed(attempt)
            return
        attempt.elected = False
        if was_elected:
            self.enqueue(JobKind.EXPIRE_PAYMENT, self.payment.id, self.payment.expires_at)
        self.notify(attempt_message(state.status, elected=was_elected))

    def _succeed(self, attempt: Attempt) -> None:
        """Let the attempt pay the order and release every other one, or send its money back.

        Once sent back, it is never honoured later.
        """
        why = attempt.conflict or self._conflict(attempt)
        if why:
            self._send_back(attempt, why)
            return
        attempt.elected = True
        if attempt.instrument_id:
            used = partial(mark_used, instrument_id=attempt.instrument_id, at=self.now)
            self._writes.effects.append(used)
        for other in self.snapshot.attempts:
            if other.live and other is not attempt:
                self.release(other, "another_succeeded")
        self.notify(attempt_message(attempt.status, elected=True))

    def _conflict(self, attempt: Attempt) -> Conflict | None:
        elected = self.snapshot.elected
        order = OrderState(
            paid_otherwise=elected is not None and elected is not attempt,
            closing=self.payment.closing,
            closed_at=self.payment.closed_at,
            superseded=self.snapshot.superseded,
        )
        window = timedelta(seconds=self.engine.settings.fulfilment_window)
        return conflict_of(order, self.now, window)

    def _send_back(self, attempt: Attempt, why: str) -> None:
        attempt.conflict = why
        self.record(EventType.CONFLICT, attempt, why=why)
        self.notify(MessageType.PAYMENT_CONFLICT)
        metrics.conflicts.labels(why).inc()
        if attempt.status is AttemptStatus.AUTHORIZED:
            self.enqueue(JobKind.VOID, attempt.id, self.now, attempt.gateway)
            return
        refund_id = self.new_id("rfd")
        left = attempt.amount_captured - attempt.amount_refund_reserved
        self.add_refund(attempt, refund_id, left, f"conflict_{why}", [], automatic=True)
        self.enqueue(JobKind.REFUND, refund_id, self.now, attempt.gateway)

    def _count_refunds(self, attempt: Attempt, changed: Refund) -> None:
        """Sum the attempt's refunds again; what is reserved stays within what was captured."""
        refunds = (each for each in self.snapshot.refunds if each.attempt_id == attempt.id)
        sums = refund_sums((each.status, each.amount) for each in refunds)
        attempt.amount_refunded = sums.refunded
        attempt.amount_refund_reserved = min(sums.reserved, attempt.amount_captured)
        failed = changed.automatic and changed.status is RefundStatus.FAILED
        review = review_after_refund(
            sums, attempt.amount_captured, automatic_failed=failed, review=attempt.review
        )
        if review:
            self.review(attempt, review, reserved=sums.reserved, amount=changed.amount)
        else:
            self.end_review(attempt)

    def _roll_up(self) -> None:
        payment, attempts = self.payment, self.snapshot.attempts
        counting = [attempt.status for attempt in attempts if attempt.live or attempt.elected]
        payment.status = roll_up(counting, payment.closing, free=payment.amount == 0)
        if payment.status in PAYMENT_SECURED:
            payment.closing = payment.closed_at = None
        payment.amount_authorized = sum(attempt.amount_authorized for attempt in attempts)
        payment.amount_captured = sum(attempt.amount_captured for attempt in attempts)
        payment.amount_refunded = sum(attempt.amount_refunded for attempt in attempts)

    def _message(self, message: MessageType) -> OutboxMessage:
        self.payment.sequence += 1
        document = payment_document(self.engine, self.snapshot, actions=False)
        return OutboxMessage(
            id=self.new_id("msg"),
            merchant_id=self.payment.merchant_id,
            payment_id=self.payment.id,
            sequence=self.payment.sequence,
            type=message.value,
            body={
                "type": message.value,
                "sequence": self.payment.sequence,
                "data": {"payment": document},
            },
            run_at=self.now,
            created_at=self.now,
        )

    def _gateway_of(self, row: Attempt | Refund) -> str:
        return (row if isinstance(row, Attempt) else self.snapshot.attempt(row.attempt_id)).gateway
