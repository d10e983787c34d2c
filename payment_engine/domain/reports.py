"""Applies what a gateway reported to a payment: first it is checked against our own record.

A report that disagrees with it, in amount, currency, reference or merchant, changes nothing: the
attempt or refund is put under review, for a person to check. What stands beside the headline
counts: money that a gateway calls returned has gone back as far as its refunds cover it.
"""

from collections.abc import Set

from payment_engine.domain.events import EventType
from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.outcomes import (
    AUTOMATIC_REFUND_FAILED,
    DIFFERS,
    NOT_SENT_BACK,
    Conflict,
    ExpectedCharge,
    agreement_ends,
    disagreement,
    explains_review,
)
from payment_engine.domain.payment import Attempt, Refund
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.refund_reports import report_refund_of, report_total
from payment_engine.domain.states import (
    ATTEMPT_FINAL,
    ATTEMPT_POLLED,
    PROGRESS,
    REFUND_UNDECIDED,
    AttemptStatus,
    Step,
)
from payment_engine.domain.upi_checks import is_bounded
from payment_engine.domain.upi_policy import FLOWS

_VERDICTS = ATTEMPT_FINAL | {AttemptStatus.AUTHORIZED}


def report_charge(
    change: PaymentChange,
    attempt_id: str,
    state: ChargeState,
    *,
    merchant_id: str | None,
    payer_hash: bytes | None = None,
    bin_hash: bytes | None = None,
    looked: bool = False,
) -> None:
    """Apply a reported charge, with the refunds that stand beside it.

    ``merchant_id`` is our id at the gateway, None if the gateway names none; ``payer_hash`` is the
    keyed hash of the UPI ID that paid, if the gateway told it; ``bin_hash`` of the card's first
    digits. ``looked``: the gateway was looked
    up since the attempt has been as it stands, so the report is no older than our record.
    """
    attempt = change.attempt(attempt_id)
    before, followed = attempt, attempt.review == NOT_SENT_BACK
    if payer_hash and not attempt.payer_hash:
        attempt = change.update_attempt(attempt_id, payer_hash=payer_hash)
    if bin_hash and not attempt.bin_hash and attempt.method is Method.CARD:
        attempt = change.update_attempt(attempt_id, bin_hash=bin_hash)
    differing = disagreement(expected_charge(attempt, merchant_id), state)
    if differing:
        change.review(
            attempt,
            differing + DIFFERS,
            ours={"amount": attempt.amount, "currency": attempt.currency},
            theirs={"amount": state.amount, "currency": state.currency},
            gateway_status=state.gateway_status,
        )
        return
    step = change.apply_charge(attempt_id, state, looked=looked)
    agrees = looked and step is Step.SAME and state.status in _VERDICTS
    explained = step in PROGRESS and explains_review(state, attempt.review)
    if explained or (agrees and agreement_ends(attempt.review)):
        _end_review(change, attempt_id)
    for refund in state.refunds:
        report_refund_of(change, attempt_id, refund, looked=looked)
    if state.sent_back:
        _check_sent_back(change, attempt_id, followed=followed)
    elif agrees and followed:
        _check_stays(change, before, state)
    if state.refunded is not None:
        report_total(change, attempt_id, state.refunded)


def _end_review(change: PaymentChange, attempt_id: str) -> None:
    """End the review of an attempt, unless it covered another of money that pays nothing: on hold,
    it is released again, since a void may have been refused; captured and not on its way back, its
    refund has failed, and a person still has to send it back."""
    attempt = change.attempt(attempt_id)
    pays_nothing = attempt.review and attempt.conflict not in (None, Conflict.SENT_BACK)
    if pays_nothing and attempt.status is AttemptStatus.CAPTURED and attempt.refundable:
        change.review(attempt, AUTOMATIC_REFUND_FAILED)
        return
    if attempt.review and attempt.conflict and attempt.status is AttemptStatus.AUTHORIZED:
        change.request_job(JobKind.VOID, attempt_id, change.now, attempt.gateway)
    change.end_review(attempt)


def count_checks(
    change: PaymentChange, attempt_id: str, number: int = 1, *, pending: bool = False
) -> None:
    """Count status checks of a pending UPI charge, and note when they were made.

    ``pending``: the gateway showed that it is, whatever a webhook reported of it.
    """
    attempt = change.attempt(attempt_id)
    if is_bounded(attempt) or (pending and attempt.method in FLOWS):
        change.update_attempt(attempt_id, checks=attempt.checks + number, checked_at=change.now)


def _check_sent_back(change: PaymentChange, attempt_id: str, *, followed: bool) -> None:
    """Money that the gateway calls returned is with it as long as no refund covers it: a person
    checks it, and the charge is looked at until the money moves.

    ``followed``: it is already, by a job that knows when it is due again.
    """
    attempt = change.attempt(attempt_id)
    if attempt.refundable > 0:
        change.review(attempt, NOT_SENT_BACK, captured=attempt.amount_captured)
    if attempt.refundable > 0 and not followed:
        change.request_job(JobKind.CONFIRM_CHARGE, attempt_id, change.now, attempt.gateway)


def _check_stays(change: PaymentChange, before: Attempt, state: ChargeState) -> None:
    """Money that the gateway calls returned no longer, of the same transaction and without a
    refund, is money like any other: it pays the order if it can, and otherwise goes back by us."""
    attempt = change.attempt(before.id)
    same = state.gateway_payment_id == before.gateway_payment_id
    untouched = attempt.refundable == attempt.amount_captured
    if attempt.conflict == Conflict.SENT_BACK and same and untouched:
        change.end_review(attempt)
        change.reconsider(change.attempt(attempt.id))


def resolve_review(change: PaymentChange, row_id: str) -> None:
    """A person ends the review of an attempt or refund, whose status stays as it was reported.

    One that is not decided is looked up again, and may be reviewed again. Money that a gateway did
    not send back is followed no longer.
    """
    row = next(each for each in change.snapshot.rows if each.id == row_id)
    change.end_review(row, EventType.REVIEW_RESOLVED)
    if isinstance(row, Refund):
        kind, gateway = JobKind.REFUND, change.attempt(row.attempt_id).gateway
    else:
        kind, gateway = JobKind.CHECK_CHARGE, row.gateway
        if row.review == NOT_SENT_BACK:
            change.withdraw_job(JobKind.CONFIRM_CHARGE, row.id)
    if row.status in ATTEMPT_POLLED | REFUND_UNDECIDED:
        change.request_job(kind, row.id, change.now, gateway)


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


def expected_charge(attempt: Attempt, merchant_id: str | None) -> ExpectedCharge:
    """What a report about an attempt must agree with."""
    captured = attempt.status is AttemptStatus.CAPTURED
    return ExpectedCharge(
        ref=attempt.ref,
        amount=attempt.amount,
        currency=attempt.currency,
        merchant_id=merchant_id,
        to_capture=None if captured else attempt.amount_to_capture or attempt.amount,
    )
