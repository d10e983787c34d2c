"""Charges after they were started: asking what became of them, capturing, voiding."""

from collections.abc import Callable, Set
from datetime import timedelta
from typing import Literal

import structlog

from payment_engine import logs
from payment_engine.db import jobs
from payment_engine.db.models import Attempt
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    AmountTooHigh,
    CaptureInProgress,
    PaymentNotOpen,
    Unsupported,
)
from payment_engine.domain.gateway import ChargeState, GatewayFailure, Refused
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus, PaymentStatus
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.access import idempotency
from payment_engine.services.access.idempotency import Answer, IdempotentCall
from payment_engine.services.documents import payment_document
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome
from payment_engine.services.lifecycle.sanitize import legible
from payment_engine.services.lifecycle.transitions import Change, changing
from payment_engine.services.payments import check_sees, visible_payment

Verb = Literal["capture", "void"]

_ASKED = frozenset({AttemptStatus.CREATED, AttemptStatus.PENDING, AttemptStatus.AUTHORIZED})
"""Held money too: it may be taken, or let go by the bank, without a word that reaches us."""
_NEVER_BEGAN = frozenset({"gateway_unreachable", "gateway_rejected", "never_started"})
_OPPOSITE: dict[Verb, Verb] = {"capture": "void", "void": "capture"}
"""What the shop asked for last is what it wants."""

_log = structlog.get_logger()


async def check_charge(engine: Engine, attempt_id: str, source: str = "check") -> bool:
    """Ask the gateway what became of an attempt; whether it is worth asking again."""
    attempt = await Attempt.get(id=attempt_id).select_related("payment")
    if AttemptStatus(attempt.status) not in _ASKED:
        return False
    seen = await look(engine, attempt, source)
    return seen is None or AttemptStatus(seen.status) in _ASKED


async def look(engine: Engine, attempt: Attempt, source: str) -> Attempt | None:
    """Ask the gateway now, whatever the attempt's status: a verdict may have been turned (MOD-2).

    The attempt as it then stands; None where the gateway did not answer. Its payment is loaded.
    """
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    try:
        state = await engine.gateways[attempt.gateway].fetch_charge(attempt.charge_key)
    except GatewayFailure as failure:
        _log.warning("check_without_answer", failure=type(failure).__name__)
        return None
    word = _never_started(engine, attempt) if _nothing_there(state) else state
    if word is None:
        return attempt
    snapshot = await apply_charge_outcome(engine, attempt.payment_id, attempt.id, word, source)
    return snapshot.attempt(attempt.id)


def may_turn(attempt: Attempt) -> bool:
    """Whether a failed attempt may yet turn out to be paid: the gateway once had it in hand."""
    return attempt.status == AttemptStatus.FAILED and attempt.decline_code not in _NEVER_BEGAN


async def give_up(engine: Engine, attempt_id: str) -> None:
    """The schedule is over without a verdict: a person looks, nothing is guessed (UPI-13).

    Held money that waits for the shop's word has its verdict.
    """
    attempt = await Attempt.get(id=attempt_id).select_related("payment")
    manual = attempt.payment.capture == "manual"
    open_ = _ASKED - {AttemptStatus.AUTHORIZED} if manual else _ASKED
    await _review(engine, attempt, "no verdict from the gateway", open_)


async def capture(
    engine: Engine, caller: Caller, payment_id: str, amount: int, call: IdempotentCall
) -> Answer:
    """Take of an authorized amount, in paise; where it is less than all, the rest is released.

    Raises PaymentNotOpen, AmountTooHigh, CaptureInProgress, Unsupported, and what idempotency
    raises. 202 where the gateway still owes the answer: it is asked again.
    """

    def check(attempt: Attempt) -> None:
        left, asked = attempt.amount_authorized, attempt.amount_to_capture
        where = [{"pointer": "/amount", "message": f"must be {left} paise"}]
        if amount > left:
            raise AmountTooHigh(available=left, errors=where)
        if amount < left and not engine.gateways[attempt.gateway].captures_partly:
            raise Unsupported("only the whole authorized amount can be captured", errors=where)
        if asked not in (None, amount):
            raise CaptureInProgress(f"a capture of {asked} paise is in progress", amount=asked)
        attempt.amount_to_capture = amount

    return await _on_authorized(engine, caller, payment_id, call, "capture", check)


async def void(engine: Engine, caller: Caller, payment_id: str, call: IdempotentCall) -> Answer:
    """Release an authorized amount; raises and answers as capture does."""
    return await _on_authorized(engine, caller, payment_id, call, "void", lambda _: None)


async def push(engine: Engine, attempt_id: str, verb: Verb, *, first: bool = False) -> bool:
    """Have the gateway capture or void an authorized charge; whether to try again.

    After the first try it is looked up before it is asked again. A refusal is looked into, and
    put before a person where the money is held all the same.
    """
    attempt = await Attempt.get(id=attempt_id).select_related("payment")
    if attempt.status != AttemptStatus.AUTHORIZED:
        return False
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    gateway = engine.gateways[attempt.gateway]
    if not gateway.supports(verb):
        await _review(engine, attempt, f"{verb} is not possible", {AttemptStatus.AUTHORIZED})
        return False
    try:
        state, refused = await _pushed(gateway, attempt, verb, first=first)
    except GatewayFailure as failure:
        _log.warning("no_answer", verb=verb, failure=type(failure).__name__)
        return True
    if state:
        source = "answer" if first else "check"
        snapshot = await apply_charge_outcome(engine, attempt.payment_id, attempt.id, state, source)
        attempt = snapshot.attempt(attempt.id)
    held = attempt.status == AttemptStatus.AUTHORIZED
    if held and refused:
        reason = f"{verb} refused: {refused.code}"
        await _review(engine, attempt, reason, {AttemptStatus.AUTHORIZED}, anew=verb == "capture")
    return held and not refused


async def _pushed(
    gateway: Gateway, attempt: Attempt, verb: Verb, *, first: bool
) -> tuple[ChargeState | None, Refused | None]:
    """What the charge has become, and the refusal, where the gateway would not act."""
    key = attempt.charge_key
    wanted = Paise(attempt.amount_to_capture or attempt.amount_authorized)
    state = None if first else await gateway.fetch_charge(key)
    if state and state.status is not AttemptStatus.AUTHORIZED:
        return state, None
    try:
        return await (
            gateway.capture(key, wanted) if verb == "capture" else gateway.void(key)
        ), None
    except Refused as refused:
        return await gateway.fetch_charge(key), refused


async def _on_authorized(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    call: IdempotentCall,
    verb: Verb,
    check: Callable[[Attempt], None],
) -> Answer:
    async def work() -> str:
        async with changing(engine, payment_id, "caller") as change:
            check_sees(caller, change.payment)
            await idempotency.claim(engine, change.tx, call, payment_id)
            attempt = _authorized(change, verb)
            check(attempt)
            change.note(f"attempt.{verb}_asked", attempt)
            soon = change.now + timedelta(seconds=engine.settings.check_schedule[0])
            await jobs.enqueue(change.tx, JobKind(verb), attempt.id, soon, attempt.gateway)
            await jobs.withdraw(change.tx, JobKind(_OPPOSITE[verb]), attempt.id)
        await push(engine, attempt.id, verb, first=True)
        return payment_id

    async def answer(_: str) -> Answer:
        snapshot = await visible_payment(engine, caller, payment_id)
        waiting = snapshot.payment.status == PaymentStatus.AUTHORIZED
        document = payment_document(engine, snapshot)
        return Answer.accepted(document) if waiting else Answer.done(document)

    return await idempotency.once(engine, call, work, answer)


async def _review(
    engine: Engine,
    attempt: Attempt,
    reason: str,
    still: Set[AttemptStatus],
    *,
    anew: bool = False,
) -> None:
    """Put it before a person, unless it moved on meanwhile or is there for another reason.

    ``anew``: another amount may be asked for, since the last one was refused.
    """
    async with changing(engine, attempt.payment_id, "check") as change:
        row = change.snapshot.attempt(attempt.id)
        if anew and AttemptStatus(row.status) in still:
            row.amount_to_capture = None
        if AttemptStatus(row.status) in still and not row.review:
            change.review(row, legible(reason, 120))


def _authorized(change: Change, verb: Verb) -> Attempt:
    elected = change.snapshot.elected
    if elected is None or elected.status != AttemptStatus.AUTHORIZED:
        raise PaymentNotOpen(
            "only an authorized payment can be captured or voided", current=change.payment.status
        )
    if not change.engine.gateways[elected.gateway].supports(verb):
        raise Unsupported(f"{elected.gateway} does not support {verb}")
    return elected


def _nothing_there(state: ChargeState | None) -> bool:
    return state is None or state.status is AttemptStatus.CREATED


def _never_started(engine: Engine, attempt: Attempt) -> ChargeState | None:
    """A verdict only where the gateway never named a payment of its own for the attempt."""
    shows_within = engine.gateways[attempt.gateway].shows_within
    if attempt.gateway_payment_id or engine.now() - attempt.created_at < shows_within:
        return None
    return ChargeState(
        ref=attempt.ref,
        status=AttemptStatus.FAILED,
        gateway_status="never_started",
        decline_code="never_started",
    )
