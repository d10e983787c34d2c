"""Charges after they were started: asking what became of them, capturing, voiding."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import structlog

from payment_engine import logs
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import AmountTooHigh, PaymentNotOpen, Unsupported
from payment_engine.domain.gateway import ChargeKey, ChargeState, GatewayFailure, Refused
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus
from payment_engine.engine import Engine
from payment_engine.models import Attempt
from payment_engine.services import idempotency, jobs
from payment_engine.services.idempotency import Answer, Call
from payment_engine.services.payments import check_sees, visible
from payment_engine.services.present import payment_document
from payment_engine.services.settle import settle_charge
from payment_engine.services.transitions import Change, changing

Verb = Literal["capture", "void"]

NEVER_STARTED_AFTER = timedelta(minutes=10)
"""A gateway may be slow to show a new order; one that it still has not seen by then, and on
which nothing was started, never happened."""

_ASKED = frozenset({AttemptStatus.CREATED, AttemptStatus.PENDING})

_log = structlog.get_logger()


def charge_key(attempt: Attempt) -> ChargeKey:
    """How to speak of an attempt to its gateway; the payment is loaded with the attempt."""
    return ChargeKey(
        ref=attempt.ref,
        customer_ref=attempt.payment.customer_ref,
        amount=Paise(attempt.amount),
        gateway_payment_id=attempt.gateway_payment_id,
    )


async def check_charge(engine: Engine, attempt_id: str, source: str = "check") -> bool:
    """Ask the gateway what became of an attempt; whether it is worth asking again."""
    attempt = await Attempt.get(id=attempt_id).select_related("payment")
    if AttemptStatus(attempt.status) not in _ASKED:
        return False
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    try:
        state = await engine.gateways[attempt.gateway].fetch_charge(charge_key(attempt))
    except GatewayFailure as failure:
        _log.warning("check_without_answer", failure=type(failure).__name__)
        return True
    word = _never_started(attempt, engine.now()) if _nothing_there(state) else state
    if word is None:
        return True
    snapshot = await settle_charge(engine, attempt.payment_id, attempt.id, word, source)
    return AttemptStatus(snapshot.attempt(attempt.id).status) in _ASKED


async def give_up(engine: Engine, attempt_id: str) -> None:
    """The schedule is over without a verdict: a person looks, nothing is guessed (UPI-13)."""
    await _review(engine, await Attempt.get(id=attempt_id), "no verdict from the gateway")


async def capture(
    engine: Engine, caller: Caller, payment_id: str, amount: int, call: Call
) -> Answer:
    """Take an authorized amount, all of it, in paise.

    Raises PaymentNotOpen, AmountTooHigh, Unsupported, and what idempotency raises. 202 where
    the gateway still owes the answer: it is asked again.
    """

    def check(attempt: Attempt) -> None:
        left = attempt.amount_authorized
        where = [{"pointer": "/amount", "message": f"must be {left} paise"}]
        if amount > left:
            raise AmountTooHigh(available=left, errors=where)
        if amount < left:
            raise Unsupported("only the whole authorized amount can be captured", errors=where)

    return await _on_authorized(engine, caller, payment_id, call, "capture", check)


async def void(engine: Engine, caller: Caller, payment_id: str, call: Call) -> Answer:
    """Release an authorized amount; raises and answers as capture does."""
    return await _on_authorized(engine, caller, payment_id, call, "void", lambda _: None)


async def push(engine: Engine, attempt_id: str, verb: Verb, *, first: bool = False) -> bool:
    """Have the gateway capture or void an authorized charge; whether to try again.

    After the first try it is looked up before it is asked again.
    """
    attempt = await Attempt.get(id=attempt_id).select_related("payment")
    if attempt.status != AttemptStatus.AUTHORIZED:
        return False
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    gateway, key = engine.gateways[attempt.gateway], charge_key(attempt)
    try:
        state = None if first else await gateway.fetch_charge(key)
        if state is None or state.status is AttemptStatus.AUTHORIZED:
            whole = Paise(attempt.amount_authorized)
            state = await (gateway.capture(key, whole) if verb == "capture" else gateway.void(key))
    except Refused as refused:
        await _review(engine, attempt, f"{verb} refused: {refused.code}"[:120])
        return False
    except GatewayFailure as failure:
        _log.warning("no_answer", verb=verb, failure=type(failure).__name__)
        return True
    source = "answer" if first else "check"
    snapshot = await settle_charge(engine, attempt.payment_id, attempt.id, state, source)
    return snapshot.attempt(attempt.id).status == AttemptStatus.AUTHORIZED


async def _on_authorized(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    call: Call,
    verb: Verb,
    check: Callable[[Attempt], None],
) -> Answer:
    async def work() -> str:
        async with changing(engine, payment_id, "caller") as change:
            check_sees(caller, change.payment)
            attempt = _authorized(change)
            await idempotency.claim(engine, change.tx, call, attempt.id)
            check(attempt)
            change.note(f"attempt.{verb}_asked", attempt)
            soon = change.now + timedelta(seconds=engine.settings.check_schedule[0])
            await jobs.enqueue(change.tx, verb, attempt.id, soon)
        await push(engine, attempt.id, verb, first=True)
        return attempt.id

    async def answer(attempt_id: str) -> Answer:
        snapshot = await visible(caller, payment_id)
        waiting = snapshot.attempt(attempt_id).status == AttemptStatus.AUTHORIZED
        return Answer(202 if waiting else 200, payment_document(engine, snapshot))

    return await idempotency.once(engine, call, work, answer)


async def _review(engine: Engine, attempt: Attempt, reason: str) -> None:
    async with changing(engine, attempt.payment_id, "check") as change:
        change.review(change.snapshot.attempt(attempt.id), reason)


def _authorized(change: Change) -> Attempt:
    elected = change.snapshot.elected
    if elected is None or elected.status != AttemptStatus.AUTHORIZED:
        raise PaymentNotOpen(
            "only an authorized payment can be captured or voided", current=change.payment.status
        )
    return elected


def _nothing_there(state: ChargeState | None) -> bool:
    return state is None or state.status is AttemptStatus.CREATED


def _never_started(attempt: Attempt, now: datetime) -> ChargeState | None:
    if now - attempt.created_at < NEVER_STARTED_AFTER:
        return None
    return ChargeState(
        ref=attempt.ref,
        status=AttemptStatus.FAILED,
        gateway_status="never_started",
        decline_code="never_started",
    )
