"""Attempts whose process died before it had an answer: looked up before anything is sent again."""

from datetime import timedelta
from typing import NamedTuple

from payment_engine.domain.errors import Unavailable
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, PAYMENT_UNPAID
from payment_engine.domain.upi_checks import next_allowed
from payment_engine.engine import Engine
from payment_engine.services.attempts.follow_up import poll_charge

UNANSWERED = timedelta(seconds=30)
"""Longer than a process that lives takes to record how its gateway answered, or that it did not."""
_RETRY_AFTER = 5
_NO_ANSWER = "the gateway does not tell at the moment what became of this attempt"


class Orphan(NamedTuple):
    """What a look at an attempt shows whose process died.

    ``decided``: it is answered as it now stands. ``unknown``: its gateway does not know the charge.
    """

    snapshot: Snapshot
    decided: bool
    unknown: bool = False


async def check_soon(engine: Engine) -> int:
    """Make checks due of attempts that nobody repeats, instead of at their first usual moment.

    Returns how many.
    """
    now, usual = engine.now(), timedelta(seconds=engine.settings.check_schedule[0])
    return await engine.work.hasten_checks(now, now - usual, now - UNANSWERED)


async def look_at_orphan(engine: Engine, known: Snapshot, attempt: Attempt) -> Orphan:
    """Look at the gateway, and write what it has decided.

    An attempt is decided as well if the customer can go on with it, or need do nothing; another one
    in progress has a page or link that nobody can show any more; so has one that may not be checked
    again before it expires, unless its customer was sent a request. Raises Unavailable if the
    gateway does not answer, since it may be charging.
    """
    payable = known.payment.status in PAYMENT_UNPAID and known.payment.expires_at > engine.now()
    if not (payable and attempt.live and attempt.status in ATTEMPT_IN_PROGRESS):
        return Orphan(known, decided=True)
    if attempt.next_action:
        return Orphan(known, decided=True)
    if next_allowed(attempt, engine.now(), returned=True) > engine.now():
        return Orphan(known, decided=_goes_on_alone(attempt))
    poll = await poll_charge(engine, known, attempt.id, Source.CHECK)
    if poll.failure:
        raise Unavailable(_NO_ANSWER, retry_after=_RETRY_AFTER) from poll.failure
    state, pending = poll.state, poll.snapshot.attempt(attempt.id).status in ATTEMPT_IN_PROGRESS
    if pending and (state is None or poll.unseen or _lost(attempt, state)):
        return Orphan(poll.snapshot, decided=False, unknown=state is None)
    return Orphan(poll.snapshot, decided=True)


def _lost(attempt: Attempt, state: ChargeState) -> bool:
    """Whether the customer would need a page or link which only the lost answer had."""
    return state.next_action is None and not _goes_on_alone(attempt)


def _goes_on_alone(attempt: Attempt) -> bool:
    """Whether its customer needs no page or link of ours."""
    debited = attempt.method is Method.WALLET and attempt.instrument_id is not None
    return debited or attempt.method is Method.UPI_COLLECT
