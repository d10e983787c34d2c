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
    ATTEMPT_FINAL,
    ATTEMPT_SUCCEEDED,
    ATTEMPT_WITHOUT_MONEY,
    REFUND_RESERVING,
    AttemptStatus,
    Closing,
    RefundStatus,
)

DIFFERS = " differs"
"""How the review of an outcome that disagrees with our record ends."""
CONTRADICTS = "contradicts what was known"
AUTOMATIC_REFUND_FAILED = "the automatic refund failed"
NOT_SENT_BACK = "the gateway has not sent the money back"
REFUSED = "refused"
"""The status of a refund of which its gateway showed nothing after it refused it: inferred, so any
report that it is there reopens it."""
REFUNDED_TOO_MUCH = "refunded more than captured"


class Conflict(StrEnum):
    """Why money that arrived cannot pay the order, and so goes back."""

    SECOND_SUCCESS = "second_success"
    CANCELLED = "cancelled"
    VOIDED = "voided"
    TOO_LATE = "too_late"
    SUPERSEDED = "superseded"
    SENT_BACK = "sent_back"
    """The gateway returns it by itself: what has gone back, its own refunds show."""


def charge_state(outcome: ChargeOutcome, ref: str, last_status: str | None) -> ChargeState:
    """The outcome of a call as a state. Only a call that was never sent, or that the gateway
    refused, has failed; after any other failure the charge is pending and is polled.

    ``last_status`` is the gateway's status as last reported; the failure's cause stands for none.
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
        gateway_status=last_status or outcome.cause.value,
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
    if isinstance(outcome, Refused):
        return RefundState(
            ref=ref,
            charge_ref=charge_ref,
            status=RefundStatus.FAILED,
            gateway_status=REFUSED,
            gateway_code=outcome.code,
        )
    return RefundState(
        ref=ref,
        charge_ref=charge_ref,
        status=RefundStatus.PENDING,
        gateway_status=last_status or outcome.cause.value,
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
    """The first thing in a reported verdict that is not what we expect; None if all agrees.

    What a gateway leaves out counts as agreeing, except the amount of a success.
    """
    if state.status not in ATTEMPT_SUCCEEDED | ATTEMPT_FINAL:
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
    return "amount" if state.status in ATTEMPT_SUCCEEDED and state.amount is None else None


def missing_fact(expected: ExpectedCharge, state: ChargeState) -> str | None:
    """The first thing that a reported success does not name, and that identifies our money."""
    if state.status not in ATTEMPT_SUCCEEDED:
        return None
    if state.amount is None or state.currency is None:
        return "amount" if state.amount is None else "currency"
    return "merchant" if expected.merchant_id and state.merchant_id is None else None


def contradicts(recorded: AttemptStatus, state: ChargeState) -> bool:
    """Whether an older status that a gateway shows right now contradicts the recorded one.

    Money that we count as captured or on hold is not there, or money that was released still is.
    """
    if recorded is AttemptStatus.VOIDED:
        return state.status is AttemptStatus.AUTHORIZED
    if recorded is AttemptStatus.AUTHORIZED:
        return not state.still_authorized
    return recorded is AttemptStatus.CAPTURED


def money_returned(state: ChargeState, captured: int) -> bool:
    """Whether the gateway has none of the ``captured`` paise: it never took them, or the refunds
    that it shows cover them."""
    sums = refund_sums((refund.status, refund.amount or 0) for refund in state.refunds)
    gone = max(sums.reserved, state.refunded or 0)
    return state.status in ATTEMPT_WITHOUT_MONEY or gone >= captured > 0


def refund_disagreement(charge_ref: str, amount: int, state: RefundState) -> str | None:
    """The first thing in a reported refund that is not what we expect; None if all agrees."""
    if state.charge_ref not in (None, charge_ref):
        return "reference"
    return "amount" if state.amount not in (None, amount) else None


def contradicts_amounts(review: str | None) -> bool:
    """Whether a review is about a report with another amount, currency or merchant than ours: until
    that is explained, no more money is moved."""
    return review is not None and review.endswith(DIFFERS)


def explains_review(state: ChargeState, review: str | None) -> bool:
    """Whether a new verdict settles what an attempt was put under review for.

    If a success disagreed with our record, only a success that agrees does.
    """
    if state.status is AttemptStatus.PENDING:
        return False
    return state.status in ATTEMPT_SUCCEEDED or not contradicts_amounts(review)


def agreement_ends(review: str | None) -> bool:
    """Whether a review is over once the gateway, looked up right now, shows what we recorded."""
    return review == CONTRADICTS or contradicts_amounts(review)


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
    place; a cancelled or voided one is not.
    """
    if order.paid_otherwise:
        return Conflict.SECOND_SUCCESS
    if order.closing in (Closing.CANCELLED, Closing.VOIDED):
        return Conflict(order.closing.value)
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
    sums: RefundSums, captured: int, *, failure: str | None, review: str | None
) -> str | None:
    """The review that an attempt needs after one of its refunds changed; None if it needs none.

    A refund that was given up may turn out late to have succeeded, after another took its place:
    then more is refunded than was captured, which a person must check. ``failure``: the review
    that the failure of the refund that changed calls for, unless other refunds cover it.
    """
    if sums.reserved > captured:
        return REFUNDED_TOO_MUCH
    if failure and sums.reserved < captured:
        return failure
    over = {
        REFUNDED_TOO_MUCH: True,
        AUTOMATIC_REFUND_FAILED: sums.refunded == captured,
        NOT_SENT_BACK: sums.reserved == captured,
    }
    return None if review is None or over.get(review) else review
