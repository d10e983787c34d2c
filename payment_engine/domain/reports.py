"""Applies what a gateway reported to a payment: first it is checked against our own record.

A report that disagrees with it, in amount, currency, reference or merchant, changes nothing: the
attempt or refund is put under review, for a person to check.
"""

from collections.abc import Set

from payment_engine.domain.gateway import ChargeState, RefundState
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.outcomes import (
    DIFFERS,
    ExpectedCharge,
    disagreement,
    explains_review,
    refund_disagreement,
)
from payment_engine.domain.payment import Attempt
from payment_engine.domain.states import AttemptStatus, RefundStatus, Step

FOREIGN_REFUND = "a refund that we did not ask for"
_PROGRESS = (Step.MOVE, Step.LATE)


def report_charge(
    change: PaymentChange,
    attempt_id: str,
    state: ChargeState,
    *,
    merchant_id: str | None,
    payer_hash: bytes | None = None,
) -> None:
    """Apply a reported charge.

    ``merchant_id`` is our id at the gateway, None if the gateway names none; ``payer_hash`` is the
    keyed hash of the UPI ID that paid, if the gateway told it.
    """
    attempt = change.attempt(attempt_id)
    if payer_hash and not attempt.payer_hash:
        attempt = change.update_attempt(attempt_id, payer_hash=payer_hash)
    differing = disagreement(_expected(attempt, merchant_id), state)
    if differing:
        change.review(
            attempt,
            differing + DIFFERS,
            ours={"amount": attempt.amount, "currency": attempt.currency},
            theirs={"amount": state.amount, "currency": state.currency},
            gateway_status=state.gateway_status,
        )
        return
    progressed = change.apply_charge(attempt_id, state) in _PROGRESS
    if progressed and explains_review(state, attempt.review):
        change.end_review(attempt)


def report_refund(change: PaymentChange, refund_id: str, state: RefundState) -> None:
    """Apply a reported refund."""
    refund = change.refund(refund_id)
    attempt = change.attempt(refund.attempt_id)
    differing = refund_disagreement(attempt.ref, refund.amount, state)
    if differing:
        change.review(refund, differing + DIFFERS, ours=refund.amount, theirs=state.amount)
        return
    progressed = change.apply_refund(refund_id, state) in _PROGRESS
    if progressed and state.status is RefundStatus.SUCCEEDED:
        change.end_review(refund)


def report_foreign_refund(change: PaymentChange, attempt_id: str) -> None:
    """The gateway refunds captured money that we did not ask it to refund."""
    attempt = change.attempt(attempt_id)
    if attempt.amount_captured:
        change.review(attempt, FOREIGN_REFUND)


def review_while(
    change: PaymentChange,
    attempt_id: str,
    reason: str,
    while_in: Set[AttemptStatus],
    *,
    reset_capture: bool = False,
) -> None:
    """Put an attempt under review, unless it has moved on or is under review already.

    ``reset_capture``: the capture was refused, so another amount may be captured.
    """
    attempt = change.attempt(attempt_id)
    if attempt.status not in while_in:
        return
    if reset_capture:
        attempt = change.update_attempt(attempt_id, amount_to_capture=None)
    if not attempt.review:
        change.review(attempt, reason)


def _expected(attempt: Attempt, merchant_id: str | None) -> ExpectedCharge:
    captured = attempt.status is AttemptStatus.CAPTURED
    return ExpectedCharge(
        ref=attempt.ref,
        amount=attempt.amount,
        currency=attempt.currency,
        merchant_id=merchant_id,
        to_capture=None if captured else attempt.amount_to_capture or attempt.amount,
    )
