"""Starts one attempt to pay: first the intent, then the gateway, then its outcome."""

from dataclasses import replace

from payment_engine.domain.callers import Caller
from payment_engine.domain.card_testing import CardOrigin
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.domain.store import Loaded
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import Answer, IdempotentCall
from payment_engine.services.attempts.card_testing import decline_query
from payment_engine.services.attempts.charge import (
    AttemptContext,
    charge_with_failover,
    may_repeat,
)
from payment_engine.services.attempts.intent import create_intent
from payment_engine.services.attempts.orphans import look_at_orphan
from payment_engine.services.attempts.payment_source import resolve_source
from payment_engine.services.documents import payment_document
from payment_engine.services.instruments.upi import check_flow, offer_terms
from payment_engine.services.lifecycle.once import answer_now, keyed_load, once, reply_to
from payment_engine.services.lifecycle.read import load_payment


async def start_attempt(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    request: AttemptIn,
    call: IdempotentCall,
    ip: str | None = None,
) -> Answer:
    """Charge once, at one gateway or another. A decline is an answer: 201 with a failed attempt.

    Raises PaymentNotOpen, AttemptInProgress, TooManyAttempts, LimitExceeded, TooManyDeclines,
    MethodNotAvailable, and what idempotency raises.
    """
    declines = decline_query(engine, caller, request, ip)
    load = replace(
        keyed_load(payment_id, call), for_attempt=True, now=engine.now(), declines=declines
    )
    origin = declines.origin if declines else CardOrigin()

    def render(snapshot: Snapshot, attempt_id: str) -> Answer:
        payment = payment_document(engine, snapshot)
        attempt = next(each for each in payment["attempts"] if each["id"] == attempt_id)
        return Answer.created({"attempt": attempt, "payment": payment})

    async def charge(loaded: Loaded, orphan: Attempt | None = None) -> Answer:
        check_flow(engine, loaded, Method(request.method), request.client)
        context = await _context(engine, loaded, request, call, ip, origin)
        created, attempt = await create_intent(engine, load, loaded, context, orphan=orphan)
        return await send(created, attempt, context)

    async def send(
        known: Snapshot, attempt: Attempt, context: AttemptContext, *, repeated: bool = False
    ) -> Answer:
        charged = await charge_with_failover(
            engine, known, attempt, context, render, repeated=repeated
        )
        reply = reply_to(call, charged.attempt.id, render)
        return charged.answer or await answer_now(engine, charged.snapshot, reply)

    async def resume(known: Snapshot, attempt_id: str) -> Answer:
        attempt = known.attempt(attempt_id)
        found = await look_at_orphan(engine, known, attempt)
        if found.decided:
            reply = reply_to(call, attempt_id, render)
            return await answer_now(engine, found.snapshot, reply)
        if found.unknown:
            context = await _context(engine, Loaded(snapshot=known), request, call, ip, origin)
            if may_repeat(engine, known, attempt, context):
                return await send(found.snapshot, attempt, context, repeated=True)
        return await charge(await load_payment(engine, load), orphan=attempt)

    return await once(engine, caller, load, call, charge, resume)


async def _context(
    engine: Engine,
    loaded: Loaded,
    request: AttemptIn,
    call: IdempotentCall,
    ip: str | None,
    origin: CardOrigin,
) -> AttemptContext:
    client = request.client
    return AttemptContext(
        request=request,
        client=client.at(ip),
        source=await resolve_source(engine, loaded.snapshot.payment, request),
        terms=offer_terms(engine, loaded, client),
        call=call,
        origin=origin,
    )
