"""Statuses of attempts, refunds and payments: which may follow which, and named sets of them."""

from collections.abc import Iterable, Mapping
from enum import Enum, StrEnum
from typing import TypeVar


class AttemptStatus(StrEnum):
    """The status of one attempt to pay."""

    CREATED = "created"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    VOIDED = "voided"


class RefundStatus(StrEnum):
    """The status of one refund; manual review means that the gateway itself does not know.

    One that needs approval was not sent: a second person approves it, and it is created, or not,
    and it is rejected.
    """

    CREATED = "created"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    MANUAL_REVIEW = "manual_review"
    NEEDS_APPROVAL = "needs_approval"
    REJECTED = "rejected"


class PaymentStatus(StrEnum):
    """What a payment's attempts and its closing add up to."""

    OPEN = "open"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PAID = "paid"
    VOIDED = "voided"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Closing(StrEnum):
    """Why a payment takes no further attempt although nobody paid.

    ``voided``: its money was on hold and was released, whether or not we knew that it was on hold.
    What that means for the order only the order service knows, so nothing is offered until that
    opens another payment.
    """

    VOIDED = "voided"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Step(Enum):
    """What a reported status means for the current one."""

    MOVE = "move"
    SAME = "same"
    STALE = "stale"
    LATE = "late"
    ILLEGAL = "illegal"


PROGRESS = frozenset({Step.MOVE, Step.LATE})
"""The reported status replaces the current one."""

A, R, P = AttemptStatus, RefundStatus, PaymentStatus

ATTEMPT_IN_PROGRESS = frozenset({A.CREATED, A.PENDING})
"""The gateway has not decided."""
ATTEMPT_SUCCEEDED = frozenset({A.AUTHORIZED, A.CAPTURED})
ATTEMPT_POLLED = ATTEMPT_IN_PROGRESS | {A.AUTHORIZED}
"""Worth polling: the bank may release authorized money, or the gateway capture it, without
telling us."""
ATTEMPT_FINAL = frozenset({A.CAPTURED, A.FAILED, A.VOIDED})
ATTEMPT_WITHOUT_MONEY = frozenset({A.FAILED, A.VOIDED})
"""Decided: the gateway has none of the customer's money."""

REFUND_UNDECIDED = frozenset({R.CREATED, R.PENDING, R.MANUAL_REVIEW})
"""Its gateway has not decided, or is not sent it yet."""
REFUND_UNSETTLED = REFUND_UNDECIDED | {R.NEEDS_APPROVAL}
REFUND_NOT_SENT = frozenset({R.NEEDS_APPROVAL, R.REJECTED})
"""Its gateway must not have it."""
REFUND_RESERVING = REFUND_UNSETTLED | {R.SUCCEEDED}
"""Its amount is refunded, or may be: no other refund can use it."""
REFUND_WITHOUT_MONEY = frozenset({R.FAILED, R.REJECTED})
"""It ended, and the customer does not have its money."""

PAYMENT_UNPAID = frozenset({P.OPEN, P.PENDING})
PAYMENT_SECURED = frozenset({P.AUTHORIZED, P.PAID})
PAYMENT_CLOSED = frozenset({P.VOIDED, P.CANCELLED, P.EXPIRED})
PAYMENT_FINISHED = PAYMENT_CLOSED | {P.PAID}
"""Nothing more is expected of the customer."""

_ATTEMPT: Mapping[AttemptStatus, frozenset[AttemptStatus]] = {
    A.CREATED: frozenset({A.PENDING, A.AUTHORIZED, A.CAPTURED, A.FAILED, A.VOIDED}),
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
    R.NEEDS_APPROVAL: frozenset({R.CREATED, R.REJECTED}),
    R.REJECTED: frozenset(),
}
_REFUND_LATE: Mapping[RefundStatus, frozenset[RefundStatus]] = {
    R.SUCCEEDED: frozenset({R.FAILED}),
    R.FAILED: frozenset({R.SUCCEEDED}),
}

S = TypeVar("S", AttemptStatus, RefundStatus)


def step_attempt(current: AttemptStatus, reported: AttemptStatus) -> Step:
    """What a charge's reported status means for an attempt in ``current``."""
    return _step(_ATTEMPT, _ATTEMPT_LATE, current, reported)


def step_refund(current: RefundStatus, reported: RefundStatus) -> Step:
    """What a refund's reported status means for one in ``current``."""
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

    An attempt whose money goes back (a second success, or one too late) does not count. A payment
    with nothing to pay (``free``) is paid.
    """
    present = set(attempts)
    if free or A.CAPTURED in present:
        return P.PAID
    if A.AUTHORIZED in present:
        return P.AUTHORIZED
    if closing:
        return P(closing.value)
    return P.PENDING if present & ATTEMPT_IN_PROGRESS else P.OPEN
