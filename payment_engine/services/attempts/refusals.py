"""Charges that were refused: whether to believe it, or to look at the gateway first.

A proxy that sends a request twice gets a refusal for the second one after the first took effect.
"""

import structlog

from payment_engine.domain.gateway import ChargeOutcome, GatewayFailure, Refused, Unconfirmed
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.states import AttemptStatus
from payment_engine.engine import Engine
from payment_engine.gateways.base import counted_look

_log = structlog.get_logger()


async def confirmed_charge(
    engine: Engine, known: Snapshot, attempt: Attempt, outcome: ChargeOutcome, *, leaves: bool
) -> ChargeOutcome:
    """The outcome of a charge, after one look where it needs one: what that shows, else Refused.

    A refusal that proves nothing needs it, and any refusal if the charge then ``leaves`` for
    another gateway. Where the look fails, the outcome is what it was.
    """
    doubtful = (Unconfirmed, Refused) if leaves else (Unconfirmed,)
    if not isinstance(outcome, doubtful):
        return outcome
    try:
        with counted_look():
            state = await engine.gateway(attempt.gateway).fetch_charge(known.charge_key(attempt))
    except GatewayFailure as failure:
        _log.warning("refusal_without_a_look", failure=type(failure).__name__)
        return outcome
    if state and state.status is not AttemptStatus.CREATED:
        return state
    return Refused(outcome.code) if isinstance(outcome, Unconfirmed) else outcome
