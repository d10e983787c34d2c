"""Whether what a webhook reports counts at once, or only once the gateway was looked up.

A webhook is weighed by what proves it and by what it would change: a shared password can be known
to others, what is left out cannot be compared, and one that was sent long ago arrives late.
"""

from collections.abc import Iterable

from payment_engine.domain.events import EventType
from payment_engine.domain.gateway import ChargeState, RefundState
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.outcomes import DIFFERS, disagreement, missing_fact
from payment_engine.domain.refund_reports import refund_known_as
from payment_engine.domain.reports import expected_charge
from payment_engine.domain.states import (
    ATTEMPT_SUCCEEDED,
    ATTEMPT_WITHOUT_MONEY,
    PROGRESS,
    REFUND_UNDECIDED,
    AttemptStatus,
    Step,
    step_attempt,
    step_refund,
)

_ABOUT_MONEY = ATTEMPT_SUCCEEDED | {AttemptStatus.VOIDED}
"""A void tells of money that was on hold, and closes the payment."""


def reason_to_look(
    change: PaymentChange,
    attempt_id: str,
    state: ChargeState,
    *,
    merchant_id: str | None,
    proven: bool,
) -> str | None:
    """Why the gateway is looked up before this report counts; None if it counts at once.

    ``proven``: the webhook is signed, so that nobody but the gateway can have written it.
    """
    attempt = change.attempt(attempt_id)
    expected, step = (
        expected_charge(attempt, merchant_id),
        step_attempt(attempt.status, state.status),
    )
    if step is Step.ILLEGAL:
        return "contradicts"
    differing = disagreement(expected, state)
    if differing and (not proven or state.status in ATTEMPT_WITHOUT_MONEY):
        return differing + DIFFERS
    about_money = {attempt.status, state.status} & _ABOUT_MONEY
    if step in PROGRESS and about_money:
        missing = missing_fact(expected, state)
        return f"{missing} missing" if missing else None if proven else "unproven"
    of_refunds = state.sent_back or _refunds_move(change, attempt_id, state.refunds)
    return "unproven" if of_refunds and not proven else None


def look_first(change: PaymentChange, attempt_id: str, state: ChargeState, reason: str) -> None:
    """Leave everything as it is, and have the gateway looked up right away."""
    attempt = change.attempt(attempt_id)
    reported = {"reported": state.status.value, "gateway_status": state.gateway_status}
    change.note(EventType.ATTEMPT_UNCONFIRMED, attempt, why=reason, **reported)
    change.request_job(JobKind.CONFIRM_CHARGE, attempt_id, change.now, attempt.gateway)


def _refunds_move(change: PaymentChange, attempt_id: str, refunds: Iterable[RefundState]) -> bool:
    """Whether a refund is new to us, or has reached an end that we do not know."""
    for state in refunds:
        known = refund_known_as(change, attempt_id, state.ref)
        if known is None:
            return True
        ended = state.status not in REFUND_UNDECIDED
        if ended and step_refund(known.status, state.status) in PROGRESS:
            return True
    return False
