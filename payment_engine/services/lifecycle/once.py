"""An idempotent call on a payment: done once under its key, with one answer for each repetition."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from payment_engine.domain.callers import Caller
from payment_engine.domain.commit import KeyRow
from payment_engine.domain.errors import EngineError, IdempotencyInProgress
from payment_engine.domain.events import Source
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.store import Load, Loaded
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import (
    AlreadyClaimed,
    Answer,
    IdempotentCall,
    check_unused,
    claimed_key,
    earlier_answer,
)
from payment_engine.services.lifecycle.change import NOTHING_BESIDE, Beside, Reply, change_payment
from payment_engine.services.lifecycle.read import check_sees, load_payment

Start = Callable[[Loaded], Awaitable[Answer]]
"""Does the call, and commits its answer. Each decision checks again that the key is unused."""
Resume = Callable[[Snapshot, str], Awaitable[Answer]]
"""Ends a call whose process died, and commits its answer; takes the payment and the id of what the
key stands for: an attempt, a refund."""
Render = Callable[[Snapshot, str], Answer]
"""The answer, from the same."""


async def once(
    engine: Engine, caller: Caller, load: Load, call: IdempotentCall, start: Start, resume: Resume
) -> Answer:
    """Do ``start`` once for this key, and give its answer to every repetition.

    ``load`` names the payment and the key. If the process that started died before it had an
    answer, the repetition takes its work over and ``resume`` ends it. Raises NotFound,
    IdempotencyMismatch, IdempotencyInProgress, and what ``start`` and ``resume`` raise.
    """
    loaded = await load_payment(engine, load)
    check_sees(caller, loaded.snapshot.payment)
    try:
        check_unused(engine, call, loaded)
        return await start(loaded)
    except AlreadyClaimed as claimed:
        if isinstance(claimed.earlier, Answer):
            return claimed.earlier
    return await _taken_over(engine, load, call, resume)


async def _taken_over(engine: Engine, load: Load, call: IdempotentCall, resume: Resume) -> Answer:
    """End a call whose process died. Of several that repeat it at once, one does; for the others
    it is in progress."""
    resource_ids: list[str] = []

    def decide(_: PaymentChange, loaded: Loaded) -> Beside:
        if loaded.key is None:
            raise IdempotencyInProgress(retry_after=1)
        earlier = earlier_answer(engine, call, loaded.key, alive=loaded.process_alive)
        if isinstance(earlier, Answer):
            raise AlreadyClaimed(earlier)
        resource_ids.append(earlier)
        return Beside(repointed=claimed_key(engine, call, earlier))

    try:
        changed = await change_payment(engine, load, decide, Source.CALLER)
    except AlreadyClaimed as claimed:
        if isinstance(claimed.earlier, Answer):
            return claimed.earlier
        raise
    try:
        return await resume(changed.snapshot, resource_ids[-1])
    except EngineError:
        await _given_back(engine, load, claimed_key(engine, call, resource_ids[-1]))
        raise


async def _given_back(engine: Engine, load: Load, claimed: KeyRow) -> None:
    """The work could not be ended now: the next repetition takes it over at once."""

    def decide(_: PaymentChange, loaded: Loaded) -> Beside:
        row = loaded.key
        if row is None or row.response or row.resource_id != claimed.resource_id:
            return NOTHING_BESIDE
        return Beside(repointed=replace(claimed, process_id=None))

    await change_payment(engine, load, decide, Source.CALLER)


def keyed_load(payment_id: str, call: IdempotentCall) -> Load:
    """Loads a payment with the earlier use of the call's key."""
    return Load(find="payment", id=payment_id, merchant_id=call.merchant_id, key=call.key)


def reply_to(call: IdempotentCall, resource_id: str, render: Render) -> Reply:
    """The answer to be stored with a commit."""
    return Reply(
        call=call, resource_id=resource_id, render=lambda after: render(after, resource_id)
    )


async def answer_now(engine: Engine, known: Snapshot, reply: Reply) -> Answer:
    """Store the answer where no other commit stores it: the gateway has not answered, for example.

    ``known`` is the payment as this process last knew it.
    """
    changed = await change_payment(
        engine,
        Load(find="payment", id=known.payment.id),
        lambda *_: Beside(reply=reply),
        Source.CALLER,
        known=Loaded(snapshot=known),
    )
    return changed.answer or reply.render(changed.snapshot)
