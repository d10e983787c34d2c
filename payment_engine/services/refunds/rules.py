"""When money may be refunded: within the gateway's window, and not if it was returned already."""

from datetime import datetime, timedelta

from payment_engine.domain.errors import (
    AmountTooHigh,
    MoneyAlreadyReturned,
    NotFound,
    NothingToRefund,
    RefundWindowOver,
    Unavailable,
)
from payment_engine.domain.gateway import ChargeState, GatewayFailure
from payment_engine.domain.money import Paise, display
from payment_engine.domain.outcomes import money_returned
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.routing.configured import configured_gateway
from payment_engine.services.routing.failures import note_failure

_RETRY_AFTER = 30


def attempt_to_refund(snapshot: Snapshot, attempt_id: str | None) -> Attempt:
    """The attempt that paid; if nothing of it is left, another one with money that is left.

    With ``attempt_id`` that one, such as a second success of the same order. Raises NotFound,
    NothingToRefund.
    """
    attempts = list(snapshot.attempts)
    if attempt_id:
        attempts = [attempt for attempt in attempts if attempt.id == attempt_id]
        if not attempts:
            raise NotFound("this payment has no such attempt")
    candidates = [each for each in attempts if each.amount_captured]
    candidates = [each for each in candidates if each.elected or each.refundable > 0]
    if not candidates:
        raise NothingToRefund(_why_nothing(attempts), current=snapshot.payment.status)
    return max(candidates, key=lambda each: (each.refundable > 0, each.elected))


def check_refundable(engine: Engine, attempt: Attempt, amount: int, now: datetime) -> None:
    """Raise AmountTooHigh, RefundWindowOver, or Unsupported for a gateway that is not configured,
    if ``amount`` (paise) cannot be refunded."""
    configured_gateway(engine, attempt.gateway)
    left = attempt.refundable
    if amount > left:
        raise AmountTooHigh(
            f"{display(Paise(amount))} is more than the {display(Paise(left))} left",
            available=left,
            errors=[{"pointer": "/amount", "message": f"at most {left} paise are left to refund"}],
        )
    check_window(engine, attempt, now)


async def check_not_returned(engine: Engine, known: Snapshot, attempt: Attempt) -> None:
    """Ask the gateway whether it still has money that is in conflict or under review.

    Raises MoneyAlreadyReturned, and Unavailable if the gateway does not answer.
    """
    try:
        charge = await returned_charge(engine.gateway(attempt.gateway), known, attempt)
    except GatewayFailure as failure:
        note_failure("refund_not_checked", attempt.gateway, failure)
        raise Unavailable(
            "the gateway could not confirm that the money is still there", retry_after=_RETRY_AFTER
        ) from None
    if charge:
        raise MoneyAlreadyReturned(
            "the gateway reports that this charge was returned or never taken"
        )


async def returned_charge(
    gateway: Gateway, known: Snapshot, attempt: Attempt
) -> ChargeState | None:
    """The charge of an attempt in conflict or under review, if the gateway has none of its money:
    it never took it, or its refunds cover it. None otherwise; raises GatewayFailure."""
    if not (attempt.conflict or attempt.review):
        return None
    state = await gateway.fetch_charge(known.charge_key(attempt))
    return state if state and money_returned(state, attempt.amount_captured) else None


def check_window(engine: Engine, attempt: Attempt, now: datetime) -> None:
    """Raise RefundWindowOver if the gateway no longer refunds this money."""
    days = engine.settings.refund_windows.get(attempt.method)
    captured_at = attempt.settled_at or attempt.created_at
    if days is None or now - captured_at <= timedelta(days=days):
        return
    raise RefundWindowOver(
        f"{attempt.gateway} refunds {attempt.method} for {days} days; this was taken on "
        f"{captured_at.date()}: agree with the customer on a bank transfer",
        days=days,
    )


def _why_nothing(attempts: list[Attempt]) -> str:
    if any(attempt.amount_refund_reserved for attempt in attempts):
        return "all of it went back already, or is on its way"
    return ""
