"""Where a payment stands: paid or not, and what is expected of whom."""

from collections.abc import Callable

from payment_engine.domain.jobs import JobKind
from payment_engine.domain.outcomes import Conflict
from payment_engine.domain.payment import Attempt
from payment_engine.domain.states import AttemptStatus, PaymentStatus
from payment_engine.domain.verdict.facts import (
    CONFLICTS,
    LOOKS,
    Facts,
    Outcome,
    Verdict,
    check_text,
    in_progress,
    looked_up,
    money_to_return,
    route_text,
    rupees,
    time_text,
)


def standing(facts: Facts) -> Verdict:
    """The verdict by the payment's status alone."""
    return _STANDING[facts.snapshot.payment.status](facts)


def _paid(facts: Facts) -> Verdict:
    payment, elected = facts.snapshot.payment, facts.snapshot.elected
    returned = elected.amount_refunded if elected else 0
    if elected is None:
        sentence = "There was nothing to pay."
    elif returned >= elected.amount_captured:
        sentence = f"Paid, and all of {rupees(returned)} has gone back to the customer."
    else:
        rest = f", of which {rupees(returned)} has gone back" if returned else ""
        sentence = f"Paid: {rupees(elected.amount_captured)} {route_text(elected)}{rest}."
    whole = elected is not None and returned >= elected.amount_captured > 0
    outcome: Outcome = "refunded" if whole else "paid"
    return _finished(outcome, sentence, elected.id if elected else payment.id)


def _authorized(facts: Facts) -> Verdict:
    attempt = facts.snapshot.elected
    if attempt is None:
        return _finished("authorized", "Money is authorized.", facts.snapshot.payment.id)
    amount = rupees(attempt.amount_authorized)
    for kind, outcome, verb in _MOVES:
        if at := facts.next_of(attempt.id, kind):
            return Verdict(
                outcome=outcome,
                sentence=f"{amount} is authorized {route_text(attempt)}, and is being {verb}.",
                next_step=f"The service calls {attempt.gateway}, until it answers.",
                actor="service",
                next_at=at,
                subject=attempt.id,
            )
    return Verdict(
        outcome="authorized",
        sentence=f"{amount} is authorized {route_text(attempt)}, and not captured.",
        next_step="The order service captures or voids it.",
        actor="shop",
        next_at=facts.next_of(attempt.id, *LOOKS),
        subject=attempt.id,
    )


_MOVES: tuple[tuple[JobKind, Outcome, str], ...] = (
    (JobKind.CAPTURE, "capturing", "captured"),
    (JobKind.VOID, "voiding", "released"),
)


def _open(facts: Facts) -> Verdict:
    payment, attempts = facts.snapshot.payment, facts.snapshot.attempts
    until = time_text(payment.expires_at)
    last = attempts[-1] if attempts else None
    if last is None:
        sentence = "Not paid: the customer has not tried."
    else:
        sentence = f"Not paid: the last attempt ({last.id}) {_failure(last)}."
    return Verdict(
        outcome="declined" if last else "open",
        sentence=sentence,
        next_step=f"The customer can {'try again' if last else 'pay'} until {until}.",
        actor="customer",
        next_at=payment.expires_at,
        subject=last.id if last else payment.id,
    )


def _failure(attempt: Attempt) -> str:
    """How an attempt ended without money for the order."""
    if attempt.conflict:
        return "succeeded, but its money went back"
    if attempt.status is AttemptStatus.VOIDED:
        return f"was released by {attempt.gateway}"
    codes = " / ".join(filter(None, (attempt.gateway_code, attempt.gateway_message)))
    code = attempt.decline_code or "other"
    return f"was declined: {code}" + (f" ({attempt.gateway}: {codes})" if codes else "")


def _pending(facts: Facts) -> Verdict:
    attempt = max(in_progress(facts), key=lambda each: each.live)
    if facts.now < attempt.expires_at and attempt.live:
        return Verdict(
            outcome="paying",
            sentence=f"The customer may be paying now, {route_text(attempt)} ({attempt.id}).",
            next_step=f"The customer approves it until {time_text(attempt.expires_at)}; "
            f"{check_text(facts, attempt)}",
            actor="customer",
            next_at=facts.next_of(attempt.id, *LOOKS),
            subject=attempt.id,
        )
    status = f" ({attempt.gateway_status})" if attempt.gateway_status else ""
    return looked_up(
        facts, attempt, "pending", f"{attempt.gateway} has not decided {attempt.id} yet{status}."
    )


def _closed(facts: Facts) -> Verdict:
    payment = facts.snapshot.payment
    outcome = _CLOSED[payment.status]
    at = f" at {time_text(payment.closed_at)}" if payment.closed_at else ""
    if attempt := next(in_progress(facts), None):
        text = f"{payment.status.value.capitalize()}{at}, but {attempt.gateway} has not decided "
        return looked_up(facts, attempt, "pending", f"{text}{attempt.id}: money may still arrive.")
    if gone := next(filter(_gone_back, facts.snapshot.attempts), None):
        text = f"Not paid: {rupees(gone.amount_captured)} of {gone.id} could not pay the order "
        why = CONFLICTS[Conflict(gone.conflict or "")]
        sentence = f"{text}({why}), and all of it has gone back."
        return _finished("conflict_refunded", sentence, gone.id)
    return _finished(outcome, f"{payment.status.value.capitalize()}{at}, not paid.", payment.id)


def _gone_back(attempt: Attempt) -> bool:
    """Whether an attempt succeeded in vain, and the customer has the money again."""
    taken = attempt.conflict is not None and attempt.amount_captured > 0
    return taken and money_to_return(attempt) <= 0


def _finished(outcome: Outcome, sentence: str, subject: str) -> Verdict:
    return Verdict(
        outcome=outcome,
        sentence=sentence,
        next_step="Nothing is left to do.",
        actor="nobody",
        subject=subject,
    )


_CLOSED: dict[PaymentStatus, Outcome] = {
    PaymentStatus.VOIDED: "voided",
    PaymentStatus.CANCELLED: "cancelled",
    PaymentStatus.EXPIRED: "expired",
}
_STANDING: dict[PaymentStatus, Callable[[Facts], Verdict]] = {
    PaymentStatus.OPEN: _open,
    PaymentStatus.PENDING: _pending,
    PaymentStatus.AUTHORIZED: _authorized,
    PaymentStatus.PAID: _paid,
    **dict.fromkeys(_CLOSED, _closed),
}
