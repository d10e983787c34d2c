"""The only path by which a gateway's report changes a payment: answers, polls and webhooks."""

from datetime import timedelta

import structlog

from payment_engine import metrics
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeOutcome, ChargeState, RefundOutcome, RefundState
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.outcomes import charge_state, refund_state
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.refund_reports import report_refund
from payment_engine.domain.reports import count_checks, report_charge
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, AttemptStatus
from payment_engine.domain.store import Load, Loaded
from payment_engine.domain.upi_vpa import VPA_HASH, NotAVpa, parse_vpa
from payment_engine.domain.webhook_reports import look_first, reason_to_look
from payment_engine.engine import Engine
from payment_engine.services.access.origins import bin_hash
from payment_engine.services.lifecycle.change import (
    Beside,
    Changed,
    Decide,
    Reply,
    change_payment,
)
from payment_engine.services.lifecycle.sanitize import fit_charge, fit_refund, printable

_log = structlog.get_logger()


async def apply_charge_outcome(
    engine: Engine,
    known: Snapshot,
    attempt_id: str,
    outcome: ChargeOutcome,
    source: Source,
    reply: Reply | None = None,
    *,
    looked: bool = False,
    checks: int = 0,
    look_soon: bool = False,
) -> Changed:
    """Apply the outcome of one charge: a state, or the failure to get one.

    ``known`` is the payment as this process last loaded or wrote it. ``reply`` is stored with the
    outcome. ``looked``: the gateway was looked up after ``known`` was loaded, so the outcome is no
    older than what is recorded, unless that has moved since. ``checks``: how many
    status checks it took, which count if the charge is pending and UPI. ``look_soon``: nothing
    confirmed it, so the charge is looked up as soon as its gateway answers.
    """
    before = known.attempt(attempt_id)
    if isinstance(outcome, ChargeState):
        count_unknown_codes(before, outcome)

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        if checks:
            count_checks(change, attempt_id, checks, pending=_shows_pending(outcome))
        fresh = looked and change.attempt(attempt_id).status is before.status
        decide_charge(engine, change, attempt_id, outcome, looked=fresh)
        if look_soon:
            soon = change.now + timedelta(seconds=engine.settings.check_schedule[0])
            change.request_job(JobKind.CONFIRM_CHARGE, attempt_id, soon, before.gateway)
        return Beside(reply=reply)

    return await change_known(engine, known, decide, source)


def _shows_pending(outcome: ChargeOutcome) -> bool:
    return isinstance(outcome, ChargeState) and outcome.status in ATTEMPT_IN_PROGRESS


async def apply_refund_outcome(
    engine: Engine,
    known: Snapshot,
    refund_id: str,
    outcome: RefundOutcome,
    source: Source,
    reply: Reply | None = None,
) -> Changed:
    """Apply the outcome of one refund: a state, or the failure to get one."""
    if isinstance(outcome, RefundState):
        attempt = known.attempt(known.refund(refund_id).attempt_id)
        count_unknown_status(attempt.gateway, outcome)

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        decide_refund(change, refund_id, outcome)
        return Beside(reply=reply)

    return await change_known(engine, known, decide, source)


async def change_known(engine: Engine, known: Snapshot, decide: Decide, source: Source) -> Changed:
    """Change a payment that this process has just loaded or written.

    One that is closed is loaded again: whether money that arrives late is honoured also depends on
    the order's newer payment.
    """
    load = Load(find="payment", id=known.payment.id)
    loaded = Loaded(snapshot=known) if known.payment.closed_at is None else None
    return await change_payment(engine, load, decide, source, known=loaded)


def decide_charge(
    engine: Engine,
    change: PaymentChange,
    attempt_id: str,
    outcome: ChargeOutcome,
    *,
    looked: bool = False,
) -> None:
    """Apply the outcome of a charge to the payment as it stands in this change.

    ``looked``: the gateway was looked up since the attempt has been as it stands.
    """
    attempt = change.attempt(attempt_id)
    state = fit_charge(charge_state(outcome, attempt.ref, attempt.gateway_status))
    report_charge(
        change,
        attempt_id,
        state,
        merchant_id=engine.gateways[attempt.gateway].merchant_id,
        payer_hash=_payer_hash(engine, state),
        bin_hash=bin_hash(engine, change.payment.merchant_id, state.card_bin),
        looked=looked,
    )


def decide_webhook_charge(
    engine: Engine, change: PaymentChange, attempt_id: str, state: ChargeState
) -> bool:
    """Apply a charge that a webhook reports, if it counts at once; returns whether the gateway is
    looked up first."""
    gateway = engine.gateways[change.attempt(attempt_id).gateway]
    fitted = fit_charge(state)
    reason = reason_to_look(
        change,
        attempt_id,
        fitted,
        merchant_id=gateway.merchant_id,
        proven=gateway.proves_webhooks,
    )
    if reason:
        look_first(change, attempt_id, fitted, reason)
    else:
        decide_charge(engine, change, attempt_id, fitted)
    return reason is not None


def decide_refund(change: PaymentChange, refund_id: str, outcome: RefundOutcome) -> None:
    """Apply the outcome of a refund to the payment as it stands in this change."""
    refund = change.refund(refund_id)
    charge_ref = change.attempt(refund.attempt_id).ref
    state = refund_state(outcome, refund.ref, charge_ref, refund.gateway_status)
    report_refund(change, refund_id, fit_refund(state))


def count_unknown_codes(attempt: Attempt, state: ChargeState) -> None:
    """Count a status or decline that is in no table, so that we add it."""
    count_unknown_status(attempt.gateway, state)
    for refund in state.refunds:
        count_unknown_status(attempt.gateway, refund)
    unexplained = state.decline_code == "other" or not state.explained
    if unexplained and attempt.status is not AttemptStatus.FAILED:
        metrics.unknown_codes.labels(attempt.gateway).inc()
        code = printable(state.gateway_code or "", 64)
        _log.warning("unknown_decline_code", gateway=attempt.gateway, code=code)


def count_unknown_status(gateway: str, state: ChargeState | RefundState) -> None:
    """Count a status that is in no table, so that we add it."""
    if not state.recognised:
        metrics.unknown_statuses.labels(gateway).inc()
        status = printable(state.gateway_status, 64)
        _log.warning("unknown_gateway_status", gateway=gateway, status=status)


def _payer_hash(engine: Engine, state: ChargeState) -> bytes | None:
    """A keyed hash of the UPI ID that paid, by which the payment can be found."""
    if state.payer_vpa is None:
        return None
    try:
        vpa = parse_vpa(state.payer_vpa.get_secret_value())
    except NotAVpa:
        return None
    return engine.sealer.keyed_hashes(VPA_HASH, vpa.text)[0]
