"""An idempotent call on a payment: done once under its key, with one answer for each repetition."""

from collections.abc import Awaitable, Callable

from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import IdempotencyInProgress
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
    earlier_answer,
)
from payment_engine.services.lifecycle.change import Beside, Reply, change_payment
from payment_engine.services.lifecycle.read import check_sees, load_payment

Start = Callable[[Loaded], Awaitable[Answer]]
"""Does the call, and commits its answer. Each decision checks again that the key is unused."""
Render = Callable[[Snapshot, str], Answer]
"""The answer, from the payment and the id of what the key stands for: an attempt, a refund."""


async def once(
    engine: Engine, caller: Caller, load: Load, call: IdempotentCall, start: Start, render: Render
) -> Answer:
    """Do ``start`` once for this key, and give its answer to every repetition.

    ``load`` names the payment and the key. If the process that started died before it had an
    answer, ``render`` makes one from what became of it. Raises NotFound, IdempotencyMismatch,
    IdempotencyInProgress, and what ``start`` raises.
    """
    loaded = await load_payment(engine, load)
    check_sees(caller, loaded.snapshot.payment)
    try:
        check_unused(engine, call, loaded)
        return await start(loaded)
    except AlreadyClaimed as claimed:
        if isinstance(claimed.earlier, Answer):
            return claimed.earlier
        return await _answer_for_the_dead(engine, load, call, render)


async def _answer_for_the_dead(
    engine: Engine, load: Load, call: IdempotentCall, render: Render
) -> Answer:
    """Answer a call whose process died, from what became of it; of several that do so at once,
    the first one's answer is that of all."""

    def decide(_: PaymentChange, loaded: Loaded) -> Beside:
        if loaded.key is None:
            raise IdempotencyInProgress(retry_after=1)
        earlier = earlier_answer(engine, call, loaded.key, alive=False)
        if isinstance(earlier, Answer):
            raise AlreadyClaimed(earlier)
        return Beside(reply=reply_to(call, earlier, render))

    try:
        changed = await change_payment(engine, load, decide, Source.CALLER)
    except AlreadyClaimed as claimed:
        if isinstance(claimed.earlier, Answer):
            return claimed.earlier
        raise
    if changed.answer is None:
        raise IdempotencyInProgress(retry_after=1)
    return changed.answer


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
