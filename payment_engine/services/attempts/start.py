"""Starts one attempt to pay: first the intent, then the gateway, then its outcome."""

from datetime import datetime

from payment_engine.db.models import Attempt, Payment
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    AttemptInProgress,
    EngineError,
    PaymentNotOpen,
    TooManyAttempts,
)
from payment_engine.domain.events import Source
from payment_engine.domain.gateway import Method
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.domain.states import PAYMENT_UNPAID
from payment_engine.engine import Engine
from payment_engine.services.access import idempotency
from payment_engine.services.access.idempotency import Answer, IdempotentCall
from payment_engine.services.attempts.charge import (
    AttemptContext,
    charge_with_failover,
    create_first_attempt,
    first_ref,
)
from payment_engine.services.attempts.payment_source import (
    NO_INSTRUMENT,
    PaymentSource,
    needs_customer,
    resolve_source,
)
from payment_engine.services.documents import attempt_document, payment_document
from payment_engine.services.instruments.limits import check_limits
from payment_engine.services.instruments.upi import check_flow
from payment_engine.services.lifecycle.transitions import PaymentChange, change_payment
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
    """Charge once, at one gateway or another. A decline is an answer: 201 with a failed attempt.

    Raises PaymentNotOpen, AttemptInProgress, TooManyAttempts, LimitExceeded, MethodNotAvailable,
    and what idempotency raises.
    """

    async def start() -> Answer:
        source = await _source(engine, caller, payment_id, request, call)
        context = AttemptContext(
            request=request, client=request.client.at(ip), source=source, call=call
        )
        await routing_state(engine)
        async with change_payment(engine, payment_id, Source.CALLER) as change:
            attempt = await _create_intent(change, caller, context)
        charged = await charge_with_failover(engine, change.payment, attempt, context)
        return _answer(engine, charged.snapshot, charged.attempt.id)

    async def resume(attempt_id: str) -> Answer:
        return _answer(engine, await visible_payment(engine, caller, payment_id), attempt_id)

    return await idempotency.once(engine, call, start, resume)


def _answer(engine: Engine, snapshot: Snapshot, attempt_id: str) -> Answer:
    attempt = attempt_document(engine, snapshot.attempt(attempt_id))
    return Answer.created({"attempt": attempt, "payment": payment_document(engine, snapshot)})


async def _source(
    engine: Engine, caller: Caller, payment_id: str, request: AttemptIn, call: IdempotentCall
) -> PaymentSource:
    """What is paid with; the payment is read only if its customer must be known.

    An error here must not hide the answer of an earlier call under the same key: the instrument
    that it used may have been deleted since.
    """
    try:
        await check_flow(engine, caller, payment_id, Method(request.method), request.client)
        if not needs_customer(request):
            return NO_INSTRUMENT
        payment = (await visible_payment(engine, caller, payment_id)).payment
        return await resolve_source(engine, payment, request)
    except EngineError:
        if await idempotency.earlier_answer(engine, call) is None:
            raise
        raise idempotency.AlreadyClaimed from None


async def _create_intent(change: PaymentChange, caller: Caller, context: AttemptContext) -> Attempt:
    """Everything that must be stored in case the process dies while it calls the gateway."""
    check_sees(caller, change.payment)
    ref = first_ref(change, context.source)
    await idempotency.claim(change.engine, change.tx, context.call, f"att_{ref}")
    _check_open(change.payment, change.now)
    _check_number(change)
    await check_limits(change.tx, change.payment, change.now)
    _release_live(change, context.request.replaces)
    return await create_first_attempt(change, context, ref)


def _check_open(payment: Payment, now: datetime) -> None:
    unpaid = payment.status in PAYMENT_UNPAID
    if unpaid and payment.expires_at > now:
        return
    raise PaymentNotOpen(
        "this payment has expired" if unpaid else f"this payment is {payment.status}",
        current="expired" if unpaid else payment.status,
    )


def _check_number(change: PaymentChange) -> None:
    """Some gateways limit the attempts of one order, so we limit them for all."""
    most = change.engine.settings.attempts_most
    if len(change.snapshot.attempts) >= most:
        raise TooManyAttempts(f"this payment has had {most} attempts: cancel it and open another")


def _release_live(change: PaymentChange, replaces: str | None) -> None:
    """Only one attempt is live at a time: a caller replaces another one by naming it."""
    live = change.snapshot.live
    if live and live.id == replaces:
        change.release(live, "replaced")
    elif live:
        raise AttemptInProgress(
            "wait for it, replace it, or cancel the payment",
            attempt=attempt_document(change.engine, live),
            allowed=_ALLOWED,
        )
