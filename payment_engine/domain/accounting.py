"""The sums of a payment: what its attempts and refunds add up to. Amounts are paise."""

from collections.abc import Iterable
from typing import Any

from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.outcomes import AttemptMoney, RefundSums, money_after, refund_sums
from payment_engine.domain.payment import Attempt, Payment, Refund
from payment_engine.domain.rows import with_columns
from payment_engine.domain.states import PAYMENT_SECURED, roll_up


def refunds_of(refunds: Iterable[Refund], attempt_id: str) -> RefundSums:
    """What the refunds of one attempt add up to."""
    own = (refund for refund in refunds if refund.attempt_id == attempt_id)
    return refund_sums((refund.status, refund.amount) for refund in own)


def rolled_up(payment: Payment, attempts: tuple[Attempt, ...]) -> Payment:
    """The payment with the status and the sums that its attempts add up to.

    A payment that is paid after it was closed is closed no longer.
    """
    counting = [attempt.status for attempt in attempts if attempt.live or attempt.elected]
    status = roll_up(counting, payment.closing, free=payment.amount == 0)
    secured = status in PAYMENT_SECURED
    rolled: dict[str, Any] = {
        "status": status,
        "closing": None if secured else payment.closing,
        "closed_at": None if secured else payment.closed_at,
        "amount_authorized": sum(attempt.amount_authorized for attempt in attempts),
        "amount_captured": sum(attempt.amount_captured for attempt in attempts),
        "amount_refunded": sum(attempt.amount_refunded for attempt in attempts),
    }
    now = vars(payment)
    changed = {name: value for name, value in rolled.items() if value != now[name]}
    return with_columns(payment, **changed) if changed else payment


def moved_money(attempt: Attempt, state: ChargeState) -> dict[str, int]:
    """The columns of an attempt's money in its new status."""
    before = AttemptMoney(authorized=attempt.amount_authorized, captured=attempt.amount_captured)
    money = money_after(state.status, attempt.amount, before, state.captured)
    return {"amount_authorized": money.authorized, "amount_captured": money.captured}


def reported_facts(attempt: Attempt, state: ChargeState) -> dict[str, str | None]:
    """What a gateway reported besides the status; what it left out stays as it was."""
    names = ("gateway_payment_id", "rrn", "decline_code", "gateway_code", "gateway_message")
    facts = {name: getattr(state, name) or getattr(attempt, name) for name in names}
    return {"gateway_status": state.gateway_status, **facts}
