"""Attempts whose process died before it had an answer: looked up before anything is sent again."""

from typing import NamedTuple

import structlog

from payment_engine.domain.errors import Unavailable
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeState, GatewayFailure
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, PAYMENT_UNPAID, AttemptStatus
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.lifecycle.change import Reply
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome

_RETRY_AFTER = 5

_log = structlog.get_logger()


class Orphan(NamedTuple):
    """What a look at an attempt shows whose process died.

    ``decided``: it is answered as it now stands. ``unseen``: its gateway does not know the charge.
    """

    snapshot: Snapshot
    decided: bool
    unseen: bool = False
    answer: Answer | None = None


async def look_at_orphan(engine: Engine, known: Snapshot, attempt: Attempt, reply: Reply) -> Orphan:
    """Look at the gateway; what it has decided is written with the answer.

    An attempt is decided as well if the customer can go on with it, or need do nothing; another one
    in progress has a page or link that nobody can show any more. Raises Unavailable if the gateway
    does not answer: it may be charging.
    """
    payable = known.payment.status in PAYMENT_UNPAID and known.payment.expires_at > engine.now()
    if not (payable and attempt.live and attempt.status in ATTEMPT_IN_PROGRESS):
        return Orphan(known, decided=True)
    if attempt.next_action:
        return Orphan(known, decided=True)
    state = await _look(engine, known, attempt)
    if state is None or state.status is AttemptStatus.CREATED:
        return Orphan(known, decided=False, unseen=state is None)
    if state.status is AttemptStatus.PENDING and _lost(attempt, state):
        return Orphan(known, decided=False)
    changed = await apply_charge_outcome(engine, known, attempt.id, state, Source.CHECK, reply)
    return Orphan(changed.snapshot, decided=True, answer=changed.answer)


def _lost(attempt: Attempt, state: ChargeState) -> bool:
    """Whether the customer would need a page or link which only the lost answer had."""
    debited = attempt.method is Method.WALLET and attempt.instrument_id is not None
    by_itself = debited or attempt.method is Method.UPI_COLLECT
    return state.next_action is None and not by_itself


async def _look(engine: Engine, known: Snapshot, attempt: Attempt) -> ChargeState | None:
    try:
        return await engine.gateways[attempt.gateway].fetch_charge(known.charge_key(attempt))
    except GatewayFailure as failure:
        _log.warning("orphan_without_a_look", failure=type(failure).__name__)
        raise Unavailable(
            "the gateway could not be asked what became of this attempt", retry_after=_RETRY_AFTER
        ) from failure
