"""One charge at one gateway after another, as long as each proves that it collected nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import structlog

from payment_engine import logs, metrics
from payment_engine.db import jobs
from payment_engine.db.models import Attempt, Payment
from payment_engine.domain.gateway import (
    Charge,
    ChargeState,
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
from payment_engine.services.attempts.payment_source import PaymentSource, charge_source, remember
from payment_engine.services.instruments.vpas import set_payer
from payment_engine.services.instruments.wallets import use_up
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome
from payment_engine.services.lifecycle.transitions import Change, changing
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
"""How long a customer has for each flow (UPI-10); other methods have as long as the payment."""
ENOUGH = 20.0
"""Seconds after which no further gateway is tried: the customer waits, and keys have a lease."""

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class AttemptContext:
    """What one caller asks for; the same for every gateway that it is tried at."""

    request: AttemptIn
    client: Client
    paying: PaymentSource
    call: IdempotentCall

    @property
    def method(self) -> Method:
        """How the customer pays."""
        return Method(self.request.method)


async def place(
    change: Change, trying: AttemptContext, seed: str, tried: Mapping[str, str]
) -> Attempt | None:
    """Write down the intent to collect at the gateway that the decision names; None: nowhere.

    Raises MethodNotAvailable where no gateway was tried before.
    """
    engine, payment = change.engine, change.payment
    needs = routing_request(trying.request, trying.paying.homes, payment.capture)
    decision = decide(engine, seed, needs, tried)
    name = await first_admitted(engine, decision, trying.method)
    if name is None:
        return None
    attempt = change.add_attempt(
        gateway=name,
        method=trying.method.value,
        expires_at=_until(payment, trying.method, change.now),
        ref=None if tried else seed,
        instrument_id=trying.paying.instrument_id,
        routing=decision.inputs(name),
    )
    attempt.hosted = trying.request.hosted
    first_check = change.now + timedelta(seconds=engine.settings.check_schedule[0])
    await jobs.enqueue(change.tx, JobKind.CHECK_CHARGE, attempt.id, first_check, name)
    await jobs.reassign(change.tx, JobKind.EXPIRE_PAYMENT, payment.id, name)
    await remember(change, attempt, trying.request, trying.client)
    set_payer(change, attempt, trying.request, trying.paying.vpa)
    if trying.paying.ref:
        await use_up(change.tx, str(trying.paying.instrument_id), change.now)
    return attempt


async def place_first(change: Change, trying: AttemptContext, seed: str) -> Attempt:
    """The same for a charge that was nowhere yet; raises MethodNotAvailable."""
    attempt = await place(change, trying, seed, {})
    if attempt is None:
        raise nobody_admits(change.engine, trying.method)
    return attempt


async def collect(
    engine: Engine, payment: Payment, attempt: Attempt, trying: AttemptContext
) -> str:
    """Charge, and move on where that is safe (UPI-18); the id of the attempt that counts.

    Only proof that nothing was collected moves a charge: never sent, or refused before the
    customer authenticated. A decline and an unknown outcome stay where they are.
    """
    tried: dict[str, str] = {}
    seed, until = attempt.ref, time.monotonic() + ENOUGH
    while True:
        word = await _ask(engine, _charge(engine, payment, attempt, trying), attempt)
        await apply_charge_outcome(engine, payment.id, attempt.id, word, "answer")
        await record_outcome(engine, (attempt.gateway, trying.method), word)
        tried[attempt.gateway] = type(word).__name__
        enough = len(tried) >= engine.settings.gateways_tried_most or time.monotonic() > until
        if not isinstance(word, NotSent | Refused) or enough or trying.paying.ref:
            return attempt.id
        following = await _move_on(engine, attempt, trying, seed, tried)
        if following is None:
            return attempt.id
        attempt = following


async def _move_on(
    engine: Engine, left: Attempt, trying: AttemptContext, seed: str, tried: Mapping[str, str]
) -> Attempt | None:
    """A new attempt at the next gateway, unless the customer moved on by another one."""
    await routing_state(engine)
    async with changing(engine, left.payment_id, "answer") as change:
        payment = change.payment
        full = len(change.snapshot.attempts) >= engine.settings.attempts_most
        if full or payment.status != PaymentStatus.OPEN or payment.expires_at <= change.now:
            return None
        attempt = await place(change, trying, seed, tried)
        if attempt is None:
            return None
        why = tried[left.gateway]
        change.note("attempt.rerouted", attempt, left=left.id, gateway=left.gateway, why=why)
        await idempotency.point(change.tx, trying.call, attempt.id)
    metrics.reroutes.labels(left.gateway, why).inc()
    _log.warning("charge_rerouted", left=left.gateway, to=attempt.gateway, why=why)
    return attempt


async def _ask(engine: Engine, charge: Charge, attempt: Attempt) -> ChargeState | GatewayFailure:
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    try:
        return await engine.gateways[attempt.gateway].charge(charge)
    except GatewayFailure as failure:
        _log.warning("charge_without_answer", failure=type(failure).__name__)
        return failure


def _until(payment: Payment, method: Method, now: datetime) -> datetime:
    valid_for = VALID_FOR.get(method)
    return min(payment.expires_at, now + valid_for) if valid_for else payment.expires_at


def _charge(engine: Engine, payment: Payment, attempt: Attempt, trying: AttemptContext) -> Charge:
    """The charge as one gateway may see it: no token of another gateway is in it."""
    person = orjson.loads(engine.sealer.open(payment.customer, payment.id))
    gateway = engine.gateways[attempt.gateway]
    return Charge(
        ref=attempt.ref,
        amount=Paise(attempt.amount),
        source=charge_source(trying.request, trying.paying, gateway),
        customer=Customer(ref=payment.customer_ref, **person),
        return_url=f"{engine.settings.public_url}/v1/{attempt.gateway}/return",
        description=f"Order {payment.order_id}",
        client=trying.client,
        capture=payment.capture == "automatic",
    )


def first_ref(change: Change, paying: PaymentSource) -> str:
    """The reference of a charge's first attempt, by which its way is chosen."""
    return paying.ref or gateway_ref(change.new_id("att"))
