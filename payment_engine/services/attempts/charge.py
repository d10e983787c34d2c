"""Charges at one gateway after another, as long as each proves that it collected nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
import structlog

from payment_engine import logs, metrics
from payment_engine.db.models import Attempt, Payment
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.events import EventType, Source
from payment_engine.domain.gateway import (
    Charge,
    ChargeOutcome,
    Client,
    Customer,
    GatewayFailure,
    Method,
    NotSent,
    Refused,
)
from payment_engine.domain.ids import gateway_ref
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.money import Paise
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.domain.states import PaymentStatus
from payment_engine.engine import Engine
from payment_engine.services.access import idempotency
from payment_engine.services.access.idempotency import IdempotentCall
from payment_engine.services.attempts.payment_source import (
    PaymentSource,
    charge_source,
    record_saving,
)
from payment_engine.services.instruments.vpas import set_payer
from payment_engine.services.instruments.wallets import use_up
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome
from payment_engine.services.lifecycle.transitions import PaymentChange, change_payment
from payment_engine.services.routing.breakers import record_outcome, routing_state
from payment_engine.services.routing.choice import (
    decide,
    first_admitted,
    nobody_admits,
    routing_request,
)

VALID_FOR = {
    Method.UPI_INTENT: timedelta(minutes=8),
    Method.UPI_QR: timedelta(minutes=8),
    Method.UPI_COLLECT: timedelta(minutes=5),
}
"""How long a customer has to approve each UPI flow, about as gateways give them; every other
method has as long as the payment."""
FAILOVER_SECONDS = 20.0
"""No further gateway is tried after this: the customer waits, and idempotency keys have a lease."""

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class AttemptContext:
    """What a caller wants to pay with; the same for every gateway that it is tried at."""

    request: AttemptIn
    client: Client
    source: PaymentSource
    call: IdempotentCall

    @property
    def method(self) -> Method:
        """How the customer pays."""
        return Method(self.request.method)


class Charged(NamedTuple):
    """The payment after a charge, and the attempt that counts."""

    snapshot: Snapshot
    attempt: Attempt


def first_ref(change: PaymentChange, source: PaymentSource) -> str:
    """The reference of a charge's first attempt, which also seeds the draw of its gateway."""
    return source.ref or gateway_ref(change.new_id("att"))


async def create_attempt(
    change: PaymentChange, context: AttemptContext, seed: str, tried: Mapping[str, str]
) -> Attempt | None:
    """Write the intent to charge at the gateway that routing chooses; None if none takes it.

    ``seed`` fixes the draw. ``tried``: the gateways that this charge was at, and why it left them.
    Raises MethodNotAvailable if none was tried and none can take it.
    """
    engine, payment = change.engine, change.payment
    needs = routing_request(context.request, context.source.homes, payment.capture)
    decision = decide(engine, seed, needs, tried)
    gateway = await first_admitted(engine, decision, context.method)
    if gateway is None:
        return None
    attempt = change.add_attempt(
        gateway=gateway,
        method=context.method,
        expires_at=_expiry(payment, context.method, change.now),
        ref=None if tried else seed,
        instrument_id=context.source.instrument_id,
        routing=decision.inputs(gateway),
    )
    await _complete_intent(change, attempt, context)
    return attempt


async def create_first_attempt(
    change: PaymentChange, context: AttemptContext, seed: str
) -> Attempt:
    """The same for a charge that was at no gateway yet; raises MethodNotAvailable."""
    attempt = await create_attempt(change, context, seed, {})
    if attempt is None:
        raise nobody_admits(change.engine, context.method)
    return attempt


async def charge_with_failover(
    engine: Engine, payment: Payment, attempt: Attempt, context: AttemptContext
) -> Charged:
    """Charge, and move on to another gateway if that is safe.

    Only proof that nothing was collected moves a charge: it was never sent, or refused before the
    customer authenticated. After a decline or an unknown outcome it stays where it is.
    """
    tried: dict[str, str] = {}
    seed, deadline = attempt.ref, time.monotonic() + FAILOVER_SECONDS
    while True:
        outcome = await _call_gateway(engine, _charge(engine, payment, attempt, context), attempt)
        snapshot = await apply_charge_outcome(
            engine, payment.id, attempt.id, outcome, Source.ANSWER
        )
        await record_outcome(engine, (attempt.gateway, context.method), outcome)
        tried[attempt.gateway] = type(outcome).__name__
        enough = len(tried) >= engine.settings.gateways_tried_most or time.monotonic() > deadline
        movable = isinstance(outcome, NotSent | Refused) and context.source.ref is None
        following = None
        if movable and not enough:
            following = await _move_on(engine, attempt, context, seed, tried)
        if following is None:
            return Charged(snapshot, snapshot.attempt(attempt.id))
        attempt = following


async def _complete_intent(
    change: PaymentChange, attempt: Attempt, context: AttemptContext
) -> None:
    """What is written with every attempt: jobs, what the customer chose, and what is saved."""
    attempt.hosted = context.request.hosted
    first_check = change.now + timedelta(seconds=change.engine.settings.check_schedule[0])
    change.enqueue(JobKind.CHECK_CHARGE, attempt.id, first_check, attempt.gateway)
    change.reassign_job(JobKind.EXPIRE_PAYMENT, change.payment.id, attempt.gateway)
    await record_saving(change, attempt, context.request, context.client)
    set_payer(change, attempt, context.request, context.source.vpa)
    if context.source.ref:
        await use_up(change.tx, str(context.source.instrument_id), change.now)


async def _move_on(
    engine: Engine,
    left: Attempt,
    context: AttemptContext,
    seed: str,
    tried: Mapping[str, str],
) -> Attempt | None:
    """A new attempt at the next gateway; None if there is none, or the customer started another
    attempt."""
    await routing_state(engine)
    async with change_payment(engine, left.payment_id, Source.ANSWER) as change:
        if not _takes_another(change):
            return None
        attempt = await create_attempt(change, context, seed, tried)
        if attempt is None:
            return None
        why = tried[left.gateway]
        change.record(
            EventType.ATTEMPT_REROUTED, attempt, left=left.id, gateway=left.gateway, why=why
        )
        await idempotency.repoint(change.tx, context.call, attempt.id)
    metrics.reroutes.labels(left.gateway, why).inc()
    _log.warning("charge_rerouted", left=left.gateway, to=attempt.gateway, why=why)
    return attempt


def _takes_another(change: PaymentChange) -> bool:
    payment = change.payment
    return (
        len(change.snapshot.attempts) < change.engine.settings.attempts_most
        and payment.status is PaymentStatus.OPEN
        and payment.expires_at > change.now
    )


async def _call_gateway(engine: Engine, charge: Charge, attempt: Attempt) -> ChargeOutcome:
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    try:
        return await engine.gateways[attempt.gateway].charge(charge)
    except GatewayFailure as failure:
        _log.warning("charge_without_answer", failure=type(failure).__name__)
        return failure


def _expiry(payment: Payment, method: Method, now: datetime) -> datetime:
    valid_for = VALID_FOR.get(method)
    return min(payment.expires_at, now + valid_for) if valid_for else payment.expires_at


def _charge(engine: Engine, payment: Payment, attempt: Attempt, context: AttemptContext) -> Charge:
    """The charge as one gateway may see it, without tokens of other gateways."""
    contact = orjson.loads(engine.sealer.open(payment.customer, payment.id))
    gateway = engine.gateways[attempt.gateway]
    return Charge(
        ref=attempt.ref,
        amount=Paise(attempt.amount),
        source=charge_source(context.request, context.source, gateway),
        customer=Customer(ref=payment.customer_ref, **contact),
        return_url=f"{engine.settings.public_url}/v1/{attempt.gateway}/return",
        description=f"Order {payment.order_id}",
        client=context.client,
        capture=payment.capture == "automatic",
    )
