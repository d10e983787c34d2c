"""One try at paying: intent first, then the gateway, then what it said."""

from datetime import datetime

from payment_engine.db.models import Attempt, Payment
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    AttemptInProgress,
    EngineError,
    PaymentNotOpen,
    TooManyAttempts,
)
from payment_engine.domain.gateway import Method
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.engine import Engine
from payment_engine.services.access import idempotency
from payment_engine.services.access.idempotency import Answer, IdempotentCall
from payment_engine.services.attempts.charge import AttemptContext, collect, first_ref, place_first
from payment_engine.services.attempts.payment_source import (
    NO_INSTRUMENT,
    PaymentSource,
    needs_customer,
    resolve_source,
)
from payment_engine.services.documents import attempt_document, payment_document
from payment_engine.services.instruments.limits import check_limits
from payment_engine.services.instruments.upi import check_flow
from payment_engine.services.lifecycle.transitions import Change, changing
from payment_engine.services.payments import check_sees, visible_payment
from payment_engine.services.routing.breakers import routing_state

_ALLOWED = [
    {"action": "wait", "how": "GET the payment with ?wait="},
    {"action": "replace", "how": "send this attempt's id as replaces to change method"},
    {"action": "cancel", "how": "POST to the payment's /cancel"},
]


async def start_attempt(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    request: AttemptIn,
    call: IdempotentCall,
    ip: str | None = None,
) -> Answer:
    """Try to collect. A decline is an answer: 201 with a failed attempt.

    Raises PaymentNotOpen, AttemptInProgress, TooManyAttempts, LimitExceeded, MethodNotAvailable,
    and what idempotency raises.
    """

    async def work() -> str:
        paying = await _paying(engine, caller, payment_id, request, call)
        trying = AttemptContext(
            request=request, client=request.client.at(ip), paying=paying, call=call
        )
        await routing_state(engine)
        async with changing(engine, payment_id, "caller") as change:
            attempt = await _intend(change, caller, trying)
        return await collect(engine, change.payment, attempt, trying)

    async def answer(attempt_id: str) -> Answer:
        snapshot = await visible_payment(engine, caller, payment_id)
        attempt = attempt_document(engine, snapshot.attempt(attempt_id))
        return Answer.created({"attempt": attempt, "payment": payment_document(engine, snapshot)})

    return await idempotency.once(engine, call, work, answer)


async def _paying(
    engine: Engine, caller: Caller, payment_id: str, request: AttemptIn, call: IdempotentCall
) -> PaymentSource:
    """What is paid with; the payment is read only to know whose instruments may be named.

    What can no longer be paid with is no reason to refuse an answer that was given before.
    """
    try:
        await check_flow(engine, caller, payment_id, Method(request.method), request.client)
        if not needs_customer(request):
            return NO_INSTRUMENT
        payment = (await visible_payment(engine, caller, payment_id)).payment
        return await resolve_source(engine, payment.customer_key, payment.id, request)
    except EngineError:
        if await idempotency.earlier_answer(engine, call) is None:
            raise
        raise idempotency.AlreadyClaimed from None


async def _intend(change: Change, caller: Caller, trying: AttemptContext) -> Attempt:
    """The first transaction: everything that must be known should we die while calling out."""
    check_sees(caller, change.payment)
    ref = first_ref(change, trying.paying)
    await idempotency.claim(change.engine, change.tx, trying.call, f"att_{ref}")
    _check_open(change.payment, change.now)
    _check_number(change)
    await check_limits(change.tx, change.payment, change.now)
    _make_room(change, trying.request.replaces)
    return await place_first(change, trying, ref)


def _check_open(payment: Payment, now: datetime) -> None:
    if payment.status not in ("open", "pending") or payment.expires_at <= now:
        over = payment.status in ("open", "pending")
        raise PaymentNotOpen(
            "this payment has expired" if over else f"this payment is {payment.status}",
            current="expired" if over else payment.status,
        )


def _check_number(change: Change) -> None:
    """Gateways and people alike lose count beyond this (MOD-1); a new payment starts anew."""
    most = change.engine.settings.attempts_most
    if len(change.snapshot.attempts) >= most:
        raise TooManyAttempts(f"this payment has had {most} attempts: cancel it and open another")


def _make_room(change: Change, replaces: str | None) -> None:
    """One live attempt at a time: another must be given up by name."""
    live = change.snapshot.live
    if live and live.id == replaces:
        change.release(live, "replaced")
    elif live:
        raise AttemptInProgress(
            "wait for it, replace it, or cancel the payment",
            attempt=attempt_document(change.engine, live),
            allowed=_ALLOWED,
        )
