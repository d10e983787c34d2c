"""Which status may follow which, for attempts and refunds, and how a payment's is read off."""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import TypeVar


class AttemptStatus(StrEnum):
    """Where one try at paying stands."""

    CREATED = "created"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    VOIDED = "voided"


class RefundStatus(StrEnum):
    """Where one refund stands; manual review means the gateway itself does not know (RFD-2)."""

    CREATED = "created"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    MANUAL_REVIEW = "manual_review"


class PaymentStatus(StrEnum):
    """What a payment's attempts and its closing add up to."""

    OPEN = "open"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Closing(StrEnum):
    """Why a payment takes no further attempt although nobody paid."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Step(Enum):
    """What a reported status means for the one we hold."""

    MOVE = "move"
    SAME = "same"
    STALE = "stale"
    LATE = "late"
    ILLEGAL = "illegal"


A, R = AttemptStatus, RefundStatus

_ATTEMPT: Mapping[AttemptStatus, frozenset[AttemptStatus]] = {
    A.CREATED: frozenset({A.PENDING, A.AUTHORIZED, A.CAPTURED, A.FAILED}),
    A.PENDING: frozenset({A.AUTHORIZED, A.CAPTURED, A.FAILED, A.VOIDED}),
    A.AUTHORIZED: frozenset({A.CAPTURED, A.VOIDED, A.FAILED}),
    A.CAPTURED: frozenset(),
    A.FAILED: frozenset(),
    A.VOIDED: frozenset(),
}
_ATTEMPT_LATE: Mapping[AttemptStatus, frozenset[AttemptStatus]] = {
    A.FAILED: frozenset({A.AUTHORIZED, A.CAPTURED}),
    A.VOIDED: frozenset({A.CAPTURED}),
}
_REFUND: Mapping[RefundStatus, frozenset[RefundStatus]] = {
    R.CREATED: frozenset({R.PENDING, R.SUCCEEDED, R.FAILED, R.MANUAL_REVIEW}),
    R.PENDING: frozenset({R.SUCCEEDED, R.FAILED, R.MANUAL_REVIEW}),
    R.MANUAL_REVIEW: frozenset({R.SUCCEEDED, R.FAILED}),
    R.SUCCEEDED: frozenset(),
    R.FAILED: frozenset(),
}
_REFUND_LATE: Mapping[RefundStatus, frozenset[RefundStatus]] = {
    R.SUCCEEDED: frozenset({R.FAILED}),
    R.FAILED: frozenset({R.SUCCEEDED}),
}

S = TypeVar("S", AttemptStatus, RefundStatus)


def step_attempt(current: AttemptStatus, reported: AttemptStatus) -> Step:
    """What a gateway's word about a charge means for an attempt in ``current``."""
    return _step(_ATTEMPT, _ATTEMPT_LATE, current, reported)


def step_refund(current: RefundStatus, reported: RefundStatus) -> Step:
    """What a gateway's word about a refund means for one in ``current``."""
    return _step(_REFUND, _REFUND_LATE, current, reported)


def _step(
    table: Mapping[S, frozenset[S]], late: Mapping[S, frozenset[S]], current: S, reported: S
) -> Step:
    if reported is current:
        return Step.SAME
    if reported in table[current]:
        return Step.MOVE
    if reported in late.get(current, ()):
        return Step.LATE
    return Step.STALE if _leads_to(table, reported, current) else Step.ILLEGAL


def _leads_to(table: Mapping[S, frozenset[S]], start: S, goal: S) -> bool:
    return goal in table[start] or any(_leads_to(table, then, goal) for then in table[start])


def roll_up(
    attempts: Iterable[AttemptStatus], closing: Closing | None, *, free: bool = False
) -> PaymentStatus:
    """A payment's status, from the attempts that count for it and how it was closed.

    An attempt whose money goes back (a second success, or one too late) does not count. One
    with nothing to pay is ``free``, and paid (MNY-7).
    """
    held = set(attempts)
    if free or A.CAPTURED in held:
        return PaymentStatus.PAID
    if A.AUTHORIZED in held:
        return PaymentStatus.AUTHORIZED
    if closing:
        return PaymentStatus(closing.value)
    return PaymentStatus.PENDING if held & {A.CREATED, A.PENDING} else PaymentStatus.OPEN
