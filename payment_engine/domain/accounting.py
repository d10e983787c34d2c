"""The sums of a payment: what its attempts and refunds add up to. Amounts are paise."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.payment import Attempt, Payment, Refund
from payment_engine.domain.states import (
    PAYMENT_SECURED,
    REFUND_RESERVING,
    AttemptStatus,
    RefundStatus,
    roll_up,
)


class RefundTotals(NamedTuple):
    """Paise of an attempt's refunds: not known to have failed, and known to have succeeded."""

    reserved: int
    refunded: int


def refund_totals(refunds: Iterable[Refund], attempt_id: str) -> RefundTotals:
    """What the refunds of one attempt add up to."""
    own = [refund for refund in refunds if refund.attempt_id == attempt_id]
    refunded = sum(r.amount for r in own if r.status is RefundStatus.SUCCEEDED)
    reserved = sum(r.amount for r in own if r.status in REFUND_RESERVING)
    return RefundTotals(reserved=reserved, refunded=refunded)


def rolled_up(payment: Payment, attempts: tuple[Attempt, ...]) -> Payment:
    """The payment with the status and the sums that its attempts add up to.

    A payment that is paid after it was closed is closed no longer.
    """
    counting = [attempt.status for attempt in attempts if attempt.live or attempt.elected]
    status = roll_up(counting, payment.closing, free=payment.amount == 0)
    secured = status in PAYMENT_SECURED
    return replace(
        payment,
        status=status,
        closing=None if secured else payment.closing,
        closed_at=None if secured else payment.closed_at,
        amount_authorized=sum(attempt.amount_authorized for attempt in attempts),
        amount_captured=sum(attempt.amount_captured for attempt in attempts),
        amount_refunded=sum(attempt.amount_refunded for attempt in attempts),
    )


def moved_money(attempt: Attempt, state: ChargeState) -> dict[str, int]:
    """Paise authorized and captured in the new status; released money is no longer authorized."""
    if state.status is AttemptStatus.AUTHORIZED:
        return {"amount_authorized": attempt.amount}
    if state.status is AttemptStatus.CAPTURED:
        captured = state.captured or attempt.amount
        authorized = min(attempt.amount_authorized, captured)
        return {"amount_captured": captured, "amount_authorized": authorized}
    return {"amount_authorized": 0}


def reported_facts(attempt: Attempt, state: ChargeState) -> dict[str, str | None]:
    """What a gateway reported besides the status; what it left out stays as it was."""
    names = ("gateway_payment_id", "rrn", "decline_code", "gateway_code", "gateway_message")
    facts = {name: getattr(state, name) or getattr(attempt, name) for name in names}
    return {"gateway_status": state.gateway_status, **facts}
