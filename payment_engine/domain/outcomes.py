"""What a reported outcome means for our record: agreement, money, conflicts, refund sums.

Pure decisions about values: the code that changes a payment calls them and writes their result.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from payment_engine.domain.gateway import (
    ChargeOutcome,
    ChargeState,
    NotSent,
    RefundOutcome,
    RefundState,
    Refused,
)
from payment_engine.domain.states import (
    ATTEMPT_SUCCEEDED,
    REFUND_RESERVING,
    AttemptStatus,
    Closing,
    RefundStatus,
)

DIFFERS = " differs"
"""How the review of an outcome that disagrees with our record ends."""
AUTOMATIC_REFUND_FAILED = "the automatic refund failed"
REFUNDED_TOO_MUCH = "refunded more than captured"


class Conflict(StrEnum):
    """Why money that arrived cannot pay the order, and so goes back."""

    SECOND_SUCCESS = "second_success"
    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    SUPERSEDED = "superseded"


def charge_state(outcome: ChargeOutcome, ref: str, last_status: str | None) -> ChargeState:
    """The outcome of a call as a state. Only a call that was never sent, or that the gateway
    refused, has failed; after any other failure the charge is pending and is polled.

    ``last_status`` is the gateway's status as last reported.
    """
    if isinstance(outcome, ChargeState):
        return outcome
    if isinstance(outcome, NotSent):
        status, decline = AttemptStatus.FAILED, "gateway_unreachable"
    elif isinstance(outcome, Refused):
        status, decline = AttemptStatus.FAILED, "gateway_rejected"
    else:
        status, decline = AttemptStatus.PENDING, None
    return ChargeState(
        ref=ref,
        status=status,
        gateway_status=last_status or type(outcome).__name__.lower(),
        decline_code=decline,
        gateway_code=outcome.code if isinstance(outcome, Refused) else None,
    )


def refund_state(
    outcome: RefundOutcome, ref: str, charge_ref: str, last_status: str | None
) -> RefundState:
    """The outcome of a refund call as a state: failed if the gateway refused it, else pending.

    A refund that was never sent is pending as well: it is sent again.
    """
    if isinstance(outcome, RefundState):
        return outcome
    refused = isinstance(outcome, Refused)
    return RefundState(
        ref=ref,
        charge_ref=charge_ref,
        status=RefundStatus.FAILED if refused else RefundStatus.PENDING,
        gateway_status=last_status or type(outcome).__name__.lower(),
        gateway_code=outcome.code if isinstance(outcome, Refused) else None,
    )


@dataclass(frozen=True, kw_only=True)
class ExpectedCharge:
    """What a successful charge must report; amounts in paise.

    ``merchant_id`` is our id at the gateway, None if the gateway names none. ``to_capture`` is
    the amount that is captured next; None once it is captured.
    """

    ref: str
    amount: int
    currency: str
    merchant_id: str | None
    to_capture: int | None


def disagreement(expected: ExpectedCharge, state: ChargeState) -> str | None:
    """The first thing in a reported success that is not what we expect; None if all agrees.

    What a gateway leaves out counts as agreeing, except the amount of a success.
    """
    if state.status not in ATTEMPT_SUCCEEDED:
        return None
    pairs: dict[str, tuple[object, object]] = {
        "reference": (expected.ref, state.ref),
        "amount": (expected.amount, state.amount),
        "currency": (expected.currency, state.currency),
        "merchant": (expected.merchant_id, state.merchant_id),
    }
    if state.status is AttemptStatus.CAPTURED and expected.to_capture is not None:
        pairs["captured amount"] = (expected.to_capture, state.captured or state.amount)
    for name, (ours, reported) in pairs.items():
        if reported is not None and reported != ours:
            return name
    return "amount" if state.amount is None else None


def refund_disagreement(charge_ref: str, amount: int, state: RefundState) -> str | None:
    """The first thing in a reported refund that is not what we expect; None if all agrees."""
    if state.charge_ref not in (None, charge_ref):
        return "reference"
    return "amount" if state.amount not in (None, amount) else None


def explains_review(state: ChargeState, review: str | None) -> bool:
    """Whether a new verdict settles what an attempt was put under review for.

    If a success disagreed with our record, only a success that agrees does.
    """
    if state.status is AttemptStatus.PENDING:
        return False
    return state.status in ATTEMPT_SUCCEEDED or not (review or "").endswith(DIFFERS)


@dataclass(frozen=True, kw_only=True)
class AttemptMoney:
    """What an attempt holds, in paise. Authorized money that was released no longer counts."""

    authorized: int
    captured: int


def money_after(
    status: AttemptStatus, amount: int, before: AttemptMoney, captured: int | None
) -> AttemptMoney:
    """The money of an attempt that has reached ``status``.

    ``captured`` is how much was captured, if the gateway says that it was less than ``amount``.
    """
    if status is AttemptStatus.AUTHORIZED:
        return AttemptMoney(authorized=amount, captured=before.captured)
    if status is AttemptStatus.CAPTURED:
        taken = captured or amount
        return AttemptMoney(authorized=min(before.authorized, taken), captured=taken)
    return AttemptMoney(authorized=0, captured=before.captured)


@dataclass(frozen=True, kw_only=True)
class OrderState:
    """What decides whether money that arrives now can pay its order.

    ``paid_otherwise``: another attempt pays it. ``superseded``: the order has a newer payment.
    """

    paid_otherwise: bool
    closing: Closing | None
    closed_at: datetime | None
    superseded: bool


def conflict_of(order: OrderState, now: datetime, window: timedelta) -> Conflict | None:
    """Why money that arrived cannot pay the order; None if it can.

    An expired payment is still honoured within ``window``, as long as no newer payment took its
    place; a cancelled one is not.
    """
    if order.paid_otherwise:
        return Conflict.SECOND_SUCCESS
    if order.closing is Closing.CANCELLED:
        return Conflict.CANCELLED
    if order.closed_at is None:
        return None
    if now - order.closed_at > window:
        return Conflict.TOO_LATE
    return Conflict.SUPERSEDED if order.superseded else None


class RefundSums(NamedTuple):
    """Paise of one attempt's refunds: ``reserved`` by all that have not failed, ``refunded``."""

    reserved: int
    refunded: int


def refund_sums(refunds: Iterable[tuple[RefundStatus, int]]) -> RefundSums:
    """The sums of an attempt's refunds, each a status and an amount in paise."""
    amounts = list(refunds)
    return RefundSums(
        reserved=sum(amount for status, amount in amounts if status in REFUND_RESERVING),
        refunded=sum(amount for status, amount in amounts if status is RefundStatus.SUCCEEDED),
    )


def review_after_refund(
    sums: RefundSums, captured: int, *, automatic_failed: bool, review: str | None
) -> str | None:
    """The review that an attempt needs after one of its refunds changed; None if it needs none.

    A refund that was given up may turn out late to have succeeded, after another took its place:
    then more is refunded than was captured, which a person must check. ``automatic_failed``: the
    refund that changed was ours, and failed.
    """
    if sums.reserved > captured:
        return REFUNDED_TOO_MUCH
    if automatic_failed:
        return AUTOMATIC_REFUND_FAILED
    made_good = sums.reserved == sums.refunded
    return None if review == AUTOMATIC_REFUND_FAILED and made_good else review
