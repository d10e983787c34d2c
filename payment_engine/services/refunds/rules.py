"""When money may go back: within the gateway's window, and not where it went back by itself."""

from datetime import timedelta

import structlog

from payment_engine.db.models import Attempt
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.errors import (
    AmountTooHigh,
    MoneyAlreadyReturned,
    NotFound,
    NothingToRefund,
    RefundWindowOver,
    Unavailable,
)
from payment_engine.domain.gateway import ChargeKey, ChargeState, GatewayFailure
from payment_engine.domain.money import Paise, display
from payment_engine.domain.states import AttemptStatus
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.lifecycle.transitions import Change

_RETURNED = frozenset({AttemptStatus.FAILED, AttemptStatus.VOIDED})
_RETRY_AFTER = 30

_log = structlog.get_logger()


def refundable(change: Change, amount: int, attempt_id: str | None) -> Attempt:
    """The attempt whose money goes back: the one named, else the one that paid.

    Raises NotFound, NothingToRefund, AmountTooHigh, RefundWindowOver. ``amount`` in paise.
    """
    attempt = holding_money(change.snapshot, attempt_id)
    left = attempt.amount_captured - attempt.amount_refund_reserved
    if amount > left:
        raise AmountTooHigh(
            f"{display(Paise(amount))} is more than the {display(Paise(left))} left",
            available=left,
            errors=[{"pointer": "/amount", "message": f"at most {left} paise are left to refund"}],
        )
    _check_window(change, attempt)
    return attempt


def holding_money(snapshot: Snapshot, attempt_id: str | None) -> Attempt:
    """The attempt that paid; where it has nothing left, one whose money did not go back.

    With ``attempt_id`` that one, such as a second success of the same order. Raises NotFound,
    NothingToRefund.
    """
    attempts = snapshot.attempts
    if attempt_id:
        attempts = [attempt for attempt in attempts if attempt.id == attempt_id]
        if not attempts:
            raise NotFound("this payment has no such attempt")
    paid = [attempt for attempt in attempts if attempt.amount_captured]
    left = [a for a in paid if a.elected or a.amount_captured > a.amount_refund_reserved]
    if not left:
        raise NothingToRefund(_why_nothing(attempts), current=snapshot.payment.status)
    return max(left, key=lambda a: (a.amount_captured > a.amount_refund_reserved, a.elected))


async def check_not_returned(engine: Engine, attempt: Attempt, key: ChargeKey) -> None:
    """Of money in conflict or under review, ask first whether the gateway still has it (RFD-8).

    Raises MoneyAlreadyReturned, and Unavailable where the gateway does not answer.
    """
    if not (attempt.conflict or attempt.review):
        return
    try:
        state = await engine.gateways[attempt.gateway].fetch_charge(key)
    except GatewayFailure as failure:
        _log.warning("refund_not_checked", failure=type(failure).__name__)
        raise Unavailable(
            "the gateway could not confirm that the money is still there", retry_after=_RETRY_AFTER
        ) from None
    if returned(state):
        raise MoneyAlreadyReturned(
            "the gateway reports that this charge was returned or never taken"
        )


async def gone_back(gateway: Gateway, attempt: Attempt, key: ChargeKey) -> ChargeState | None:
    """The charge, where the gateway has sent its money back by itself; raises GatewayFailure."""
    if not (attempt.conflict or attempt.review):
        return None
    state = await gateway.fetch_charge(key)
    return state if returned(state) else None


def returned(state: ChargeState | None) -> bool:
    """Whether the gateway has a verdict and no money."""
    return state is not None and state.status in _RETURNED


def _check_window(change: Change, attempt: Attempt) -> None:
    days = change.engine.settings.refund_windows.get(attempt.method)
    taken = attempt.settled_at or attempt.created_at
    if days is None or change.now - taken <= timedelta(days=days):
        return
    raise RefundWindowOver(
        f"{attempt.gateway} refunds {attempt.method} for {days} days; this was taken on "
        f"{taken.date()}: agree with the customer on a bank transfer",
        days=days,
    )


def _why_nothing(attempts: list[Attempt]) -> str:
    if any(attempt.amount_refund_reserved for attempt in attempts):
        return "all of it went back already, or is on its way"
    if any(attempt.gateway_status == "AUTO_REFUNDED" for attempt in attempts):
        return "the gateway has sent the money back by itself"
    return ""
