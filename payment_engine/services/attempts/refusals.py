"""Charges that were refused: whether to believe it, or to look at the gateway first.

A proxy that sends a request twice gets a refusal for the second one after the first took effect.
"""

from typing import NamedTuple

from payment_engine.domain.gateway import (
    ChargeOutcome,
    GatewayFailure,
    NotSent,
    Refused,
    Unconfirmed,
)
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.states import AttemptStatus
from payment_engine.engine import Engine
from payment_engine.gateways.base import counted_look
from payment_engine.services.routing.failures import note_failure


class Confirmed(NamedTuple):
    """The outcome of a charge after its look.

    ``leaves``: it may be made at another gateway. ``doubtful``: a refusal that no look confirmed.
    """

    outcome: ChargeOutcome
    leaves: bool = False
    doubtful: bool = False


async def confirmed_charge(
    engine: Engine, known: Snapshot, attempt: Attempt, outcome: ChargeOutcome, *, leaves: bool
) -> Confirmed:
    """The outcome of a charge, after one look where it needs one: what that shows, else Refused.

    A refusal that proves nothing needs it, and any refusal if the charge then ``leaves`` for
    another gateway. Where the look fails, the outcome is what it was, and the charge leaves only if
    the refusal is certain: at another gateway the customer could pay a second time.
    """
    doubtful = (Unconfirmed, Refused) if leaves else (Unconfirmed,)
    if not isinstance(outcome, doubtful):
        return Confirmed(outcome, leaves and isinstance(outcome, NotSent))
    try:
        with counted_look():
            state = await engine.gateway(attempt.gateway).fetch_charge(known.charge_key(attempt))
    except GatewayFailure as failure:
        note_failure("refusal_without_a_look", attempt.gateway, failure)
        certain = isinstance(outcome, Refused) and outcome.certain
        return Confirmed(outcome, certain, isinstance(outcome, Refused) and not certain)
    if state and state.status is not AttemptStatus.CREATED:
        return Confirmed(state)
    if isinstance(outcome, Unconfirmed):
        outcome = Refused(outcome.code).because(outcome.cause)
    return Confirmed(outcome, leaves)
