"""The one path by which a gateway's word changes our rows, whichever way it reached us."""

import structlog
from tortoise.exceptions import IntegrityError

from payment_engine import metrics
from payment_engine.db.models import Attempt, Refund
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.gateway import (
    ChargeState,
    GatewayFailure,
    NotSent,
    RefundState,
    Refused,
)
from payment_engine.domain.states import AttemptStatus, RefundStatus, Step
from payment_engine.domain.upi_vpa import VPA_HASH, NotAVpa, parse_vpa
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.sanitize import fitted, legible
from payment_engine.services.lifecycle.transitions import changing

R = RefundStatus

_SUCCESS = frozenset({AttemptStatus.AUTHORIZED, AttemptStatus.CAPTURED})
_NEWS = (Step.MOVE, Step.LATE)
_DIFFERS = " differs"

_log = structlog.get_logger()


async def apply_charge_outcome(
    engine: Engine,
    payment_id: str,
    attempt_id: str,
    word: ChargeState | GatewayFailure,
    source: str,
) -> Snapshot:
    """Apply a gateway's word about one charge: a state, or the failure to get one.

    A success that meets a payment opened meanwhile for the same order is looked at again.
    """
    try:
        return await _apply_charge_outcome(engine, payment_id, attempt_id, word, source)
    except IntegrityError:
        return await _apply_charge_outcome(engine, payment_id, attempt_id, word, source)


async def _apply_charge_outcome(
    engine: Engine,
    payment_id: str,
    attempt_id: str,
    word: ChargeState | GatewayFailure,
    source: str,
) -> Snapshot:
    async with changing(engine, payment_id, source) as change:
        attempt = change.snapshot.attempt(attempt_id)
        state = fitted(
            word if isinstance(word, ChargeState) else _charge_after(attempt, word), attempt
        )
        _notice_unknown(attempt.gateway, state.gateway_status, recognised=state.recognised)
        _notice_unexplained(attempt, state)
        _know_payer(engine, attempt, state)
        broken = _disagreement(engine, attempt, state)
        if broken:
            change.review(attempt, f"{broken}{_DIFFERS}", **_both(attempt, state))
        elif await change.report_charge(attempt, state) in _NEWS and _answers(attempt, state):
            change.reviewed(attempt)
    return change.snapshot


async def apply_refund_outcome(
    engine: Engine, payment_id: str, refund_id: str, word: RefundState | GatewayFailure, source: str
) -> Snapshot:
    """Apply a gateway's word about one refund: a state, or the failure to get one."""
    async with changing(engine, payment_id, source) as change:
        refund = change.snapshot.refund(refund_id)
        attempt = change.snapshot.attempt(refund.attempt_id)
        state = fitted(
            word if isinstance(word, RefundState) else _refund_after(attempt, refund, word), refund
        )
        _notice_unknown(attempt.gateway, state.gateway_status, recognised=state.recognised)
        if state.charge_ref not in (None, attempt.ref):
            change.review(refund, f"reference{_DIFFERS}")
        elif state.amount not in (None, refund.amount):
            change.review(refund, f"amount{_DIFFERS}", ours=refund.amount, theirs=state.amount)
        elif change.report_refund(refund, state) in _NEWS and refund.status == R.SUCCEEDED:
            change.reviewed(refund)
    return change.snapshot


async def flag_foreign_refund(engine: Engine, payment_id: str, attempt_id: str) -> None:
    """A gateway gives back money that we did not ask it to: a person must know (RFD-8)."""
    async with changing(engine, payment_id, "webhook") as change:
        attempt = change.snapshot.attempt(attempt_id)
        if attempt.amount_captured:
            change.review(attempt, "a refund that we did not ask for")


def _charge_after(attempt: Attempt, failure: GatewayFailure) -> ChargeState:
    """Not sent and refused are certain; anything else is pending and asked about (rule 1)."""
    if isinstance(failure, NotSent):
        status, code = AttemptStatus.FAILED, "gateway_unreachable"
    elif isinstance(failure, Refused):
        status, code = AttemptStatus.FAILED, "gateway_rejected"
    else:
        status, code = AttemptStatus.PENDING, None
    return ChargeState(
        ref=attempt.ref,
        status=status,
        gateway_status=attempt.gateway_status or type(failure).__name__.lower(),
        decline_code=code,
        gateway_code=failure.code if isinstance(failure, Refused) else None,
    )


def _refund_after(attempt: Attempt, refund: Refund, failure: GatewayFailure) -> RefundState:
    refused = isinstance(failure, Refused)
    return RefundState(
        ref=refund.ref,
        charge_ref=attempt.ref,
        status=RefundStatus.FAILED if refused else RefundStatus.PENDING,
        gateway_status=refund.gateway_status or type(failure).__name__.lower(),
        gateway_code=failure.code if isinstance(failure, Refused) else None,
    )


def _disagreement(engine: Engine, attempt: Attempt, state: ChargeState) -> str | None:
    """The first thing in a reported success that is not what we asked for (MOD-5)."""
    if state.status not in _SUCCESS:
        return None
    pairs = {
        "reference": (attempt.ref, state.ref),
        "amount": (attempt.amount, state.amount),
        "currency": (attempt.currency, state.currency),
        "merchant": (engine.gateways[attempt.gateway].merchant_id, state.merchant_id),
    }
    if state.status is AttemptStatus.CAPTURED and attempt.status != AttemptStatus.CAPTURED:
        wanted = attempt.amount_to_capture or attempt.amount
        pairs["captured amount"] = (wanted, state.captured or state.amount)
    return next(
        (name for name, (ours, theirs) in pairs.items() if theirs is not None and ours != theirs),
        None if state.amount is not None else "amount",
    )


def _know_payer(engine: Engine, attempt: Attempt, state: ChargeState) -> None:
    """Keep a keyed hash of the UPI id that pays, to find the payment by it (OPS-1)."""
    if state.payer_vpa is None or attempt.payer_hash:
        return
    try:
        vpa = parse_vpa(state.payer_vpa.get_secret_value())
    except NotAVpa:
        return
    attempt.payer_hash = engine.sealer.keyed_hashes(VPA_HASH, vpa.text)[0]


def _answers(attempt: Attempt, state: ChargeState) -> bool:
    """Whether this verdict ends what a person was asked to look at: a success that did not agree
    is explained by one that does, and by nothing else."""
    if state.status is AttemptStatus.PENDING:
        return False
    return state.status in _SUCCESS or not (attempt.review or "").endswith(_DIFFERS)


def _both(attempt: Attempt, state: ChargeState) -> dict[str, object]:
    return {
        "ours": {"amount": attempt.amount, "currency": attempt.currency},
        "theirs": {"amount": state.amount, "currency": legible(state.currency or "", 8)},
        "gateway_status": state.gateway_status,
    }


def _notice_unexplained(attempt: Attempt, state: ChargeState) -> None:
    """A decline is one by its status; that its code is in no table of ours is for us to mend."""
    unexplained = state.decline_code == "other" or not state.explained
    if unexplained and attempt.status != AttemptStatus.FAILED:
        metrics.unknown_codes.labels(attempt.gateway).inc()
        code = legible(state.gateway_code or "", 64)
        _log.warning("unknown_decline_code", gateway=attempt.gateway, code=code)


def _notice_unknown(gateway: str, status: str, *, recognised: bool) -> None:
    if not recognised:
        metrics.unknown_statuses.labels(gateway).inc()
        _log.warning("unknown_gateway_status", gateway=gateway, status=status)
