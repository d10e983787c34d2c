"""The only path by which a gateway's report changes our rows: answers, polls and webhooks."""

import structlog
from tortoise.exceptions import IntegrityError

from payment_engine import metrics
from payment_engine.db.models import Attempt
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeOutcome, ChargeState, RefundOutcome
from payment_engine.domain.outcomes import (
    DIFFERS,
    ExpectedCharge,
    charge_state,
    disagreement,
    explains_review,
    refund_disagreement,
    refund_state,
)
from payment_engine.domain.states import AttemptStatus, RefundStatus, Step
from payment_engine.domain.upi_vpa import VPA_HASH, NotAVpa, parse_vpa
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.sanitize import fit_charge, fit_refund, printable
from payment_engine.services.lifecycle.transitions import change_payment

_PROGRESS = (Step.MOVE, Step.LATE)

_log = structlog.get_logger()


async def apply_charge_outcome(
    engine: Engine, payment_id: str, attempt_id: str, outcome: ChargeOutcome, source: Source
) -> Snapshot:
    """Apply the outcome of one charge: a state, or the failure to get one. The payment after it.

    A success that meets a payment opened meanwhile for the same order, which a unique index
    refuses, is decided again.
    """
    try:
        return await _apply_charge_outcome(engine, payment_id, attempt_id, outcome, source)
    except IntegrityError:
        return await _apply_charge_outcome(engine, payment_id, attempt_id, outcome, source)


async def _apply_charge_outcome(
    engine: Engine, payment_id: str, attempt_id: str, outcome: ChargeOutcome, source: Source
) -> Snapshot:
    async with change_payment(engine, payment_id, source) as change:
        attempt = change.snapshot.attempt(attempt_id)
        state = fit_charge(charge_state(outcome, attempt.ref, attempt.gateway_status))
        _count_unknown_status(attempt.gateway, state.gateway_status, recognised=state.recognised)
        _count_unknown_decline(attempt, state)
        _store_payer_hash(engine, attempt, state)
        differing = disagreement(_expected(engine, attempt), state)
        if differing:
            change.review(attempt, differing + DIFFERS, **_both(attempt, state))
            return change.snapshot
        progressed = change.apply_charge(attempt, state) in _PROGRESS
        if progressed and explains_review(state, attempt.review):
            change.end_review(attempt)
    return change.snapshot


async def apply_refund_outcome(
    engine: Engine, payment_id: str, refund_id: str, outcome: RefundOutcome, source: Source
) -> Snapshot:
    """Apply the outcome of one refund: a state, or the failure to get one. The payment after it."""
    async with change_payment(engine, payment_id, source) as change:
        refund = change.snapshot.refund(refund_id)
        attempt = change.snapshot.attempt(refund.attempt_id)
        state = fit_refund(refund_state(outcome, refund.ref, attempt.ref, refund.gateway_status))
        _count_unknown_status(attempt.gateway, state.gateway_status, recognised=state.recognised)
        differing = refund_disagreement(attempt.ref, refund.amount, state)
        if differing:
            change.review(refund, differing + DIFFERS, ours=refund.amount, theirs=state.amount)
            return change.snapshot
        progressed = change.apply_refund(refund, state) in _PROGRESS
        if progressed and refund.status is RefundStatus.SUCCEEDED:
            change.end_review(refund)
    return change.snapshot


async def flag_foreign_refund(engine: Engine, payment_id: str, attempt_id: str) -> None:
    """A gateway refunds captured money that we did not ask it to refund: put it under review."""
    async with change_payment(engine, payment_id, Source.WEBHOOK) as change:
        attempt = change.snapshot.attempt(attempt_id)
        if attempt.amount_captured:
            change.review(attempt, "a refund that we did not ask for")


def _expected(engine: Engine, attempt: Attempt) -> ExpectedCharge:
    captured = attempt.status is AttemptStatus.CAPTURED
    return ExpectedCharge(
        ref=attempt.ref,
        amount=attempt.amount,
        currency=attempt.currency,
        merchant_id=engine.gateways[attempt.gateway].merchant_id,
        to_capture=None if captured else attempt.amount_to_capture or attempt.amount,
    )


def _store_payer_hash(engine: Engine, attempt: Attempt, state: ChargeState) -> None:
    """A keyed hash of the UPI ID that paid, by which the payment can be found."""
    if state.payer_vpa is None or attempt.payer_hash:
        return
    try:
        vpa = parse_vpa(state.payer_vpa.get_secret_value())
    except NotAVpa:
        return
    attempt.payer_hash = engine.sealer.keyed_hashes(VPA_HASH, vpa.text)[0]


def _both(attempt: Attempt, state: ChargeState) -> dict[str, object]:
    return {
        "ours": {"amount": attempt.amount, "currency": attempt.currency},
        "theirs": {"amount": state.amount, "currency": printable(state.currency or "", 8)},
        "gateway_status": state.gateway_status,
    }


def _count_unknown_decline(attempt: Attempt, state: ChargeState) -> None:
    """Count a decline whose code is in no table, so that we add it."""
    unexplained = state.decline_code == "other" or not state.explained
    if unexplained and attempt.status is not AttemptStatus.FAILED:
        metrics.unknown_codes.labels(attempt.gateway).inc()
        code = printable(state.gateway_code or "", 64)
        _log.warning("unknown_decline_code", gateway=attempt.gateway, code=code)


def _count_unknown_status(gateway: str, status: str, *, recognised: bool) -> None:
    if not recognised:
        metrics.unknown_statuses.labels(gateway).inc()
        _log.warning("unknown_gateway_status", gateway=gateway, status=status)
