"""Polls charges until their outcome is known, and puts those without one under review."""

from collections.abc import Set
from typing import NamedTuple

from payment_engine import logs
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import ChargeState, GatewayFailure, NotSent
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.reports import count_checks, review_while
from payment_engine.domain.states import (
    ATTEMPT_IN_PROGRESS,
    ATTEMPT_POLLED,
    ATTEMPT_SUCCEEDED,
    AttemptStatus,
)
from payment_engine.domain.store import Loaded
from payment_engine.domain.upi_checks import is_bounded
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.change import NOTHING_BESIDE, Beside, Changed, Reply
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome, change_known
from payment_engine.services.lifecycle.sanitize import printable
from payment_engine.services.routing.failures import note_failure

_NEVER_STARTED = "never_started"
_NEVER_SENT = "gateway_unreachable"
"""The decline of a charge that provably never left."""
_LONGEST_REASON = 120


class Poll(NamedTuple):
    """A poll of a charge: the payment after it.

    ``failure``: why the gateway gave no answer. ``state``: what it reported, None if it does not
    know the charge. ``unseen``: that is so, or nothing was started on it yet.
    """

    snapshot: Snapshot
    failure: GatewayFailure | None = None
    state: ChargeState | None = None
    unseen: bool = False


async def poll_charge(
    engine: Engine, known: Snapshot, attempt_id: str, source: Source, *, reported: bool = False
) -> Poll:
    """Ask the gateway about an attempt now, whatever its status: a verdict may be reversed late.

    Whether a pending UPI charge may be asked about now, ``next_allowed`` tells. ``reported``: the
    gateway has reported a verdict, so this is no check of a pending one unless the gateway shows
    that it is, or does not answer.
    """
    attempt = known.attempt(attempt_id)
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    try:
        state = await engine.gateway(attempt.gateway).fetch_charge(known.charge_key(attempt))
    except GatewayFailure as failure:
        note_failure("poll_without_answer", attempt.gateway, failure)
        counts = not isinstance(failure, NotSent)
        return Poll(await _counted(engine, known, attempt, source) if counts else known, failure)
    found = _inferred(engine, attempt, state)
    if found is None:
        counted = await _counted(engine, known, attempt, source)
        return Poll(counted, state=state, unseen=True)
    check = not reported or found.status in ATTEMPT_IN_PROGRESS
    changed = await apply_charge_outcome(
        engine, known, attempt_id, found, source, looked=True, checks=int(check)
    )
    return Poll(changed.snapshot, state=state)


def _inferred(engine: Engine, attempt: Attempt, state: ChargeState | None) -> ChargeState | None:
    """What a look means for the attempt; None for one that the gateway may show only later."""
    if state and state.status is not AttemptStatus.CREATED:
        return state
    if attempt.status in ATTEMPT_SUCCEEDED:
        return _nothing_there(attempt, state)
    return _never_started_state(attempt) if _never_started(engine, attempt) else None


async def _counted(engine: Engine, known: Snapshot, attempt: Attempt, source: Source) -> Snapshot:
    """The payment with a check that changed nothing else; it counts only if it is bounded."""
    if not is_bounded(attempt):
        return known

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        count_checks(change, attempt.id)
        return NOTHING_BESIDE

    return (await change_known(engine, known, decide, source)).snapshot


def may_reverse(attempt: Attempt) -> bool:
    """Whether a failed attempt may yet turn out to be paid: it was sent to its gateway."""
    return attempt.status is AttemptStatus.FAILED and attempt.decline_code != _NEVER_SENT


async def give_up(engine: Engine, known: Snapshot, attempt_id: str) -> None:
    """Put an attempt under review whose polling schedule has ended without a verdict.

    An authorization that waits for the shop to capture it is a verdict; one that pays nothing, or
    whose capture was requested, is none.
    """
    attempt, manual = known.attempt(attempt_id), known.payment.capture == "manual"
    waits_for_shop = manual and attempt.elected and attempt.amount_to_capture is None
    without_verdict = ATTEMPT_IN_PROGRESS if waits_for_shop else ATTEMPT_POLLED
    await review_attempt(engine, known, attempt_id, "no verdict from the gateway", without_verdict)


async def review_attempt(
    engine: Engine,
    known: Snapshot,
    attempt_id: str,
    reason: str,
    while_in: Set[AttemptStatus],
    *,
    reset_capture: bool = False,
    reply: Reply | None = None,
) -> Changed:
    """Put an attempt under review, unless it has moved on or is under review already.

    ``reset_capture``: the capture was refused, so another amount may be captured. ``reply`` is
    stored with it.
    """
    text = printable(reason, _LONGEST_REASON)

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        review_while(change, attempt_id, text, while_in, reset_capture=reset_capture)
        return Beside(reply=reply)

    return await change_known(engine, known, decide, Source.CHECK)


def _never_started(engine: Engine, attempt: Attempt) -> bool:
    """Whether to trust a gateway which reports that it does not know the charge: it never named a
    payment for it, and has had the time to show one."""
    shows_within = engine.shows_within(attempt.gateway, attempt.method)
    return not attempt.gateway_payment_id and engine.now() - attempt.created_at >= shows_within


def _nothing_there(attempt: Attempt, state: ChargeState | None) -> ChargeState:
    """What a gateway shows that knows no charge, or none that was started."""
    status = state.gateway_status if state else "not_found"
    return ChargeState(ref=attempt.ref, status=AttemptStatus.CREATED, gateway_status=status)


def _never_started_state(attempt: Attempt) -> ChargeState:
    return ChargeState(
        ref=attempt.ref,
        status=AttemptStatus.FAILED,
        gateway_status=_NEVER_STARTED,
        decline_code=_NEVER_STARTED,
    )
