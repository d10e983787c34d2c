"""What PostgreSQL refuses to store, said again for the store in memory, under the same names.

The contract suite of the stores has a case for each, and fails while the catalogue of a migrated
database has a constraint that is not here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from payment_engine.domain.commit import ConsentRecord
from payment_engine.domain.payment import Attempt, Payment, Refund
from payment_engine.domain.states import (
    PAYMENT_CLOSED,
    REFUND_NOT_SENT,
    AttemptStatus,
    Closing,
    PaymentStatus,
    RefundStatus,
)

_MOST = 1_000_000_000_00

Check = Callable[[Any], bool]

PAYMENT_CHECKS: Mapping[str, Check] = {
    "payment_amount_range": lambda p: p.amount == 0 or 100 <= p.amount <= _MOST,
    "payment_nothing_to_pay_is_paid": lambda p: p.amount > 0 or p.status is PaymentStatus.PAID,
    "payment_currency_inr": lambda p: p.currency == "INR",
    "payment_status_known": lambda p: p.status in set(PaymentStatus),
    "payment_capture_known": lambda p: p.capture in ("automatic", "manual"),
    "payment_closing_known": lambda p: p.closing is None or p.closing in set(Closing),
    "payment_closing_has_time": lambda p: (p.closing is None) == (p.closed_at is None),
    "payment_amounts_not_negative": lambda p: (
        min(p.amount_authorized, p.amount_captured, p.amount_refunded) >= 0
    ),
    "payment_expires_after_creation": lambda p: p.expires_at > p.created_at,
    "payment_status_as_closing": lambda p: (
        p.closing == (p.status if p.status in PAYMENT_CLOSED else None)
    ),
}
ATTEMPT_CHECKS: Mapping[str, Check] = {
    "attempt_amount_range": lambda a: 100 <= a.amount <= _MOST,
    "attempt_currency_inr": lambda a: a.currency == "INR",
    "attempt_status_known": lambda a: a.status in set(AttemptStatus),
    "attempt_amounts_not_negative": lambda a: (
        min(a.amount_authorized, a.amount_captured, a.amount_refund_reserved, a.amount_refunded)
        >= 0
    ),
    "attempt_captured_within_amount": lambda a: a.amount_captured <= a.amount,
    "attempt_captured_has_money": lambda a: (
        (a.status == AttemptStatus.CAPTURED) == (a.amount_captured > 0)
    ),
    "attempt_refunds_within_captured": lambda a: a.amount_refund_reserved <= a.amount_captured,
    "attempt_elected_has_success": lambda a: (
        not a.elected or a.status in (AttemptStatus.AUTHORIZED, AttemptStatus.CAPTURED)
    ),
    "attempt_elected_without_conflict": lambda a: not (a.elected and a.conflict is not None),
    "attempt_capture_range": lambda a: (
        a.amount_to_capture is None or 1 <= a.amount_to_capture <= a.amount
    ),
}
REFUND_CHECKS: Mapping[str, Check] = {
    "refund_amount_positive": lambda r: r.amount > 0,
    "refund_status_known": lambda r: r.status in set(RefundStatus),
    "refund_not_sent_is_unknown_there": lambda r: (
        r.status not in REFUND_NOT_SENT or (r.gateway_refund_id, r.approved_at) == (None, None)
    ),
}
KEY_CHECKS: Mapping[str, Check] = {
    "idempotency_answer_whole": lambda k: (k.response is None) == (k.status_code is None),
}
CONSENT_CHECKS: Mapping[str, Check] = {
    "consent_purpose_known": lambda c: (
        c.purpose in ("save_card", "save_vpa", "link_wallet", "refund_elsewhere")
    ),
}


@dataclass(frozen=True)
class Unique:
    """A unique index: no two rows for which it holds have the same value."""

    value: Callable[[Any], object]
    holds: Check = lambda _: True


PAYMENT_UNIQUE: Mapping[str, Unique] = {
    "payment_one_open_per_order": Unique(
        lambda p: (p.merchant_id, p.order_id), lambda p: p.closing is None
    ),
}
ATTEMPT_UNIQUE: Mapping[str, Unique] = {
    "attempt_ref_key": Unique(lambda a: a.ref),
    "uid_attempt_payment_7f4c51": Unique(lambda a: (a.payment_id, a.number)),
    "attempt_one_elected": Unique(lambda a: a.payment_id, lambda a: a.elected),
    "attempt_one_live": Unique(lambda a: a.payment_id, lambda a: a.live),
}
REFUND_UNIQUE: Mapping[str, Unique] = {
    "refund_ref_key": Unique(lambda r: r.ref),
    "refund_one_automatic": Unique(lambda r: r.attempt_id, lambda r: r.automatic),
    "refund_one_per_foreign_ref": Unique(
        lambda r: (r.attempt_id, r.foreign_ref), lambda r: r.foreign_ref is not None
    ),
}


class Broken(Exception):
    """A constraint that a row would break; the name is the database's."""


def check_rows(
    payments: Iterable[Payment],
    attempts: Iterable[Attempt],
    refunds: Iterable[Refund],
    consents: Iterable[ConsentRecord] = (),
) -> None:
    """Raise Broken for the first rule that a row does not keep by itself."""
    tables: tuple[tuple[Iterable[Any], Mapping[str, Check]], ...] = (
        (payments, PAYMENT_CHECKS),
        (attempts, ATTEMPT_CHECKS),
        (refunds, REFUND_CHECKS),
        (consents, CONSENT_CHECKS),
    )
    for rows, checks in tables:
        for row in rows:
            for name in _broken(row, checks):
                raise Broken(name)


def check_unique(rows: Iterable[Any], others: Iterable[Any], rules: Mapping[str, Unique]) -> None:
    """Raise Broken where one of ``rows`` repeats a value of another, or of ``others``."""
    for name, rule in rules.items():
        taken = {rule.value(row) for row in others if rule.holds(row)}
        for row in rows:
            if not rule.holds(row):
                continue
            if rule.value(row) in taken:
                raise Broken(name)
            taken.add(rule.value(row))


def _broken(row: Any, checks: Mapping[str, Check]) -> Iterator[str]:
    return (name for name, check in checks.items() if not check(row))
