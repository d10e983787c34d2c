"""Charges at one gateway after another, as long as each proves that it collected nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
import structlog

from payment_engine import logs, metrics
from payment_engine.domain.card_testing import CardOrigin
from payment_engine.domain.commit import LinkGuard
from payment_engine.domain.declines import ResultClass
from payment_engine.domain.errors import PaymentNotOpen, Unavailable
from payment_engine.domain.events import EventType, Source
from payment_engine.domain.gateway import (
    Charge,
    ChargeOutcome,
    ChargeState,
    Client,
    Customer,
    GatewayFailure,
    NotSent,
    Refused,
    Unknown,
)
from payment_engine.domain.ids import gateway_ref
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Attempt, Payment, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, PaymentStatus
from payment_engine.domain.store import Loaded
from payment_engine.domain.upi_checks import next_allowed
from payment_engine.domain.upi_policy import effective_platform
from payment_engine.engine import Engine
from payment_engine.gateways.base import counting_looks
from payment_engine.services.access.idempotency import Answer, IdempotentCall, claimed_key
from payment_engine.services.attempts.payment_source import (
    PaymentSource,
    charge_source,
    consent_to_save,
)
from payment_engine.services.attempts.refusals import confirmed_charge
from payment_engine.services.instruments.vpas import payer_columns
from payment_engine.services.lifecycle.change import Beside, Changed
from payment_engine.services.lifecycle.once import Render, reply_to
from payment_engine.services.lifecycle.outcomes import apply_charge_outcome, change_known
from payment_engine.services.lifecycle.publish import count_result
from payment_engine.services.routing.breakers import record_outcome, routing_state
from payment_engine.services.routing.choice import (
    Choice,
    RoutingRequest,
    choose,
    probe_given_back,
    routing_request,
)
from payment_engine.services.routing.downtimes import note_start
from payment_engine.services.routing.failures import note_failure
from payment_engine.services.routing.offers import OfferTerms

VALID_FOR = {
    Method.UPI_INTENT: timedelta(minutes=8),
    Method.UPI_QR: timedelta(minutes=8),
    Method.UPI_COLLECT: timedelta(minutes=5),
}
"""How long a customer has to approve each UPI flow, about as gateways give them; every other
method has as long as the payment."""
FAILOVER_SECONDS = 20.0
"""No further gateway is tried after this: the customer waits, and idempotency keys have a lease."""
_RETRY_AFTER = 5
_NOT_REPEATED = "the gateway could not be reached to repeat this attempt"

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class AttemptContext:
    """What a caller wants to pay with; the same for every gateway that it is tried at."""

    request: AttemptIn
    client: Client
    source: PaymentSource
    terms: OfferTerms
    """What the methods depend on that are named where this one fails."""
    call: IdempotentCall
    origin: CardOrigin
    """Where its card comes from, if it is one by card."""

    @property
    def method(self) -> Method:
        """How the customer pays."""
        return Method(self.request.method)

    @property
    def needs(self) -> RoutingRequest:
        """What it needs of a gateway."""
        return routing_request(self.request, self.source.homes, self.terms)


class Charged(NamedTuple):
    """The payment after a charge, the attempt that counts, and the stored answer to the call."""

    snapshot: Snapshot
    attempt: Attempt
    answer: Answer | None


def new_ref(engine: Engine) -> str:
    """The reference of a new attempt, which also seeds the draw of a first one's gateway."""
    return gateway_ref(engine.new_id("att"))


async def choose_gateway(
    engine: Engine, context: AttemptContext, seed: str, tried: Mapping[str, str]
) -> Choice | None:
    """The gateway that routing chooses; None if none takes the charge.

    ``seed`` fixes the draw. ``tried``: the gateways that this charge was at, and why it left them.
    Raises MethodNotAvailable if none was tried and none can take it.
    """
    return await choose(engine, seed, context.needs, tried)


def create_attempt(
    engine: Engine,
    change: PaymentChange,
    context: AttemptContext,
    choice: Choice,
    ref: str,
) -> tuple[Attempt, Beside]:
    """The intent to charge at the chosen gateway, its jobs, and what is written beside it."""
    payment, source, request = change.payment, context.source, context.request
    attempt = change.add_attempt(
        gateway=choice.gateway,
        method=context.method,
        expires_at=_expiry(payment, context.method, change.now),
        ref=ref,
        routing=choice.inputs,
        unchosen=request.unchosen,
        instrument_id=source.instrument_id,
        hosted=request.hosted,
        platform=context.terms.upi.platform,
        address_hash=context.origin.address,
        bin_hash=context.origin.bin,
    )
    columns = payer_columns(engine, attempt.id, request, source.vpa)
    attempt = change.update_attempt(attempt.id, **columns)
    soon = timedelta(seconds=engine.settings.check_schedule[0])
    first_check = next_allowed(attempt, change.now + soon)
    change.request_job(JobKind.CHECK_CHARGE, attempt.id, first_check, attempt.gateway)
    change.request_job(JobKind.EXPIRE_PAYMENT, payment.id, payment.expires_at, attempt.gateway)
    consent = consent_to_save(engine, change, attempt, request, context.client)
    link = None
    if source.ref:
        link = LinkGuard(wallet_id=str(source.instrument_id), ended_at=change.now)
    return attempt, Beside(consent=consent, link=link)


async def charge_with_failover(
    engine: Engine,
    known: Snapshot,
    attempt: Attempt,
    context: AttemptContext,
    render: Render,
    *,
    repeated: bool = False,
) -> Charged:
    """Charge, and move on to another gateway if that is safe.

    Only proof that nothing was collected moves a charge: it was never sent, or refused before the
    customer authenticated, and a look at the gateway shows nothing. Where that look fails, the
    refusal must be certain by itself. After a decline or an unknown outcome it stays where it is.

    ``repeated``: the attempt may have been sent before. Raises Unavailable if it then cannot be
    sent, which proves nothing of the first time.
    """
    tried: dict[str, str] = {}
    seed, deadline = attempt.ref, engine.monotonic() + FAILOVER_SECONDS
    while True:
        with counting_looks() as looks:
            answered = await _call_gateway(engine, known, attempt, context)
            if repeated and not tried and isinstance(answered, NotSent):
                raise Unavailable(_NOT_REPEATED, retry_after=_RETRY_AFTER) from answered
            enough = len(tried) + 1 >= engine.settings.gateways_tried_most
            bound = enough or engine.monotonic() > deadline or context.source.ref is not None
            outcome, leaves, doubtful = await confirmed_charge(
                engine, known, attempt, answered, leaves=not bound
            )
        tried[attempt.gateway] = _cause_of(answered)
        reply = None if leaves else reply_to(context.call, attempt.id, render)
        changed = await apply_charge_outcome(
            engine,
            known,
            attempt.id,
            outcome,
            Source.ANSWER,
            reply,
            checks=looks.made if _is_open(outcome) else 0,
            look_soon=doubtful,
        )
        await record_outcome(engine, (attempt.gateway, context.method), answered)
        moved = await _move_on(engine, changed, attempt, context, seed, tried) if leaves else None
        if isinstance(outcome, NotSent | Refused):
            result = ResultClass.REROUTED if moved else ResultClass.TECHNICAL
            count_result(attempt, result, engine.now())
        if moved is None:
            attempt = changed.snapshot.attempt(attempt.id)
            return Charged(changed.snapshot, attempt, changed.answer)
        known, attempt = moved


def _cause_of(outcome: ChargeOutcome) -> str:
    """Why a charge may go to another gateway."""
    return outcome.cause.value if isinstance(outcome, GatewayFailure) else "answered"


def _is_open(outcome: ChargeOutcome) -> bool:
    """Whether the gateway has not decided, as far as we know."""
    if isinstance(outcome, ChargeState):
        return outcome.status in ATTEMPT_IN_PROGRESS
    return isinstance(outcome, Unknown)


def may_repeat(engine: Engine, known: Snapshot, attempt: Attempt, context: AttemptContext) -> bool:
    """Whether the same charge may be sent again although the first one may still be on its way."""
    gateway = engine.open_gateways.get(attempt.gateway)
    charge = _charge(engine, known.payment, attempt, context) if gateway else None
    return bool(gateway and charge and gateway.may_repeat(charge))


async def _move_on(
    engine: Engine,
    left: Changed,
    attempt: Attempt,
    context: AttemptContext,
    seed: str,
    tried: Mapping[str, str],
) -> tuple[Snapshot, Attempt] | None:
    """The payment with an attempt at the next gateway; None if there is none, or the customer
    started another attempt."""
    await routing_state(engine)
    if not _takes_another(engine, left.snapshot, engine.now()):
        return None
    choice = await choose_gateway(engine, context, seed, tried)
    if choice is None:
        return None
    why, ref = tried[attempt.gateway], new_ref(engine)

    def decide(change: PaymentChange, loaded: Loaded) -> Beside:
        if not _takes_another(engine, loaded.snapshot, change.now):
            raise PaymentNotOpen
        following, beside = create_attempt(engine, change, context, choice, ref)
        change.note(
            EventType.ATTEMPT_REROUTED, following, left=attempt.id, gateway=attempt.gateway, why=why
        )
        return replace(beside, repointed=claimed_key(engine, context.call, following.id))

    try:
        async with probe_given_back(engine, choice):
            changed = await change_known(engine, left.snapshot, decide, Source.ANSWER)
    except PaymentNotOpen:
        return None
    following = changed.snapshot.attempt(f"att_{ref}")
    metrics.reroutes.labels(attempt.gateway, why).inc()
    _log.warning("charge_rerouted", left=attempt.gateway, to=following.gateway, why=why)
    return changed.snapshot, following


def _takes_another(engine: Engine, snapshot: Snapshot, now: datetime) -> bool:
    payment = snapshot.payment
    return (
        len(snapshot.attempts) < engine.settings.attempts_most
        and payment.status is PaymentStatus.OPEN
        and payment.expires_at > now
    )


async def _call_gateway(
    engine: Engine, known: Snapshot, attempt: Attempt, context: AttemptContext
) -> ChargeOutcome:
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    note_start(engine, attempt)
    charge = _charge(engine, known.payment, attempt, context)
    try:
        state = await engine.gateways[attempt.gateway].charge(charge)
        return _for_device(state, context.client)
    except GatewayFailure as failure:
        note_failure("charge_without_answer", attempt.gateway, failure)
        return failure


def _for_device(state: ChargeState, client: Client) -> ChargeState:
    """The state with a next action that knows where it is shown."""
    if state.next_action is None:
        return state
    platform = effective_platform(client.platform, client.user_agent)
    return replace(state, next_action=replace(state.next_action, platform=platform))


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
