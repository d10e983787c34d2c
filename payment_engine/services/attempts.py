"""One try at paying: intent first, then the gateway, then what it said."""

from datetime import datetime, timedelta

import orjson
import structlog

from payment_engine import logs
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import AttemptInProgress, PaymentNotOpen
from payment_engine.domain.gateway import (
    Charge,
    ChargeState,
    Client,
    Customer,
    GatewayFailure,
    Method,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.requests import AttemptIn, CardIn
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.models import Attempt, Payment
from payment_engine.services import idempotency, jobs
from payment_engine.services.idempotency import Answer, Call
from payment_engine.services.paying import (
    NOTHING_SAVED,
    PaysWith,
    needs_customer,
    pays_with,
    remember,
)
from payment_engine.services.payments import check_sees, visible
from payment_engine.services.present import attempt_document, payment_document
from payment_engine.services.routing import choose
from payment_engine.services.settle import settle_charge
from payment_engine.services.transitions import Change, changing
from payment_engine.services.upi import check_flow
from payment_engine.services.vpas import hold

_log = structlog.get_logger()

VALID_FOR = {
    Method.UPI_INTENT: timedelta(minutes=8),
    Method.UPI_QR: timedelta(minutes=8),
    Method.UPI_COLLECT: timedelta(minutes=5),
}
"""How long a customer has for each flow (UPI-10); other methods have as long as the payment."""

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
    call: Call,
    ip: str | None = None,
) -> Answer:
    """Try to collect. A decline is an answer: 201 with a failed attempt.

    Raises PaymentNotOpen, AttemptInProgress, MethodNotAvailable, and what idempotency raises.
    """
    client = request.client.at(ip)

    async def work() -> str:
        await check_flow(engine, caller, payment_id, Method(request.method), request.client)
        paying = await _paying(engine, caller, payment_id, request)
        gateway = choose(engine, Method(request.method), client.platform, paying.homes)
        async with changing(engine, payment_id, "caller") as change:
            attempt = await _intend(change, caller, request, gateway, call, paying)
            await remember(change, attempt, request, client)
            hold(change, attempt, request, paying.vpa)
        charge = _charge(engine, change.payment, attempt, request, client, paying)
        word = await _ask(gateway, charge, attempt)
        await settle_charge(engine, payment_id, attempt.id, word, "answer")
        return attempt.id

    async def answer(attempt_id: str) -> Answer:
        snapshot = await visible(caller, payment_id)
        attempt = attempt_document(engine, snapshot.attempt(attempt_id))
        return Answer(201, {"attempt": attempt, "payment": payment_document(engine, snapshot)})

    return await idempotency.once(engine, call, work, answer)


async def _paying(engine: Engine, caller: Caller, payment_id: str, request: AttemptIn) -> PaysWith:
    """What is paid with; the payment is read only to know whose instruments may be named."""
    if not needs_customer(request):
        return NOTHING_SAVED
    payment = (await visible(caller, payment_id)).payment
    return await pays_with(engine, payment.merchant_id, payment.customer_ref, request)


async def _intend(
    change: Change,
    caller: Caller,
    request: AttemptIn,
    gateway: Gateway,
    call: Call,
    paying: PaysWith,
) -> Attempt:
    """The first transaction: everything that must be known should we die while calling out."""
    check_sees(caller, change.payment)
    method = Method(request.method)
    until = _until(change.payment, method, change.now)
    attempt = change.add_attempt(
        gateway=gateway.name,
        method=method.value,
        expires_at=until,
        ref=paying.ref,
        instrument_id=paying.instrument_id,
    )
    await idempotency.claim(change.engine, change.tx, call, attempt.id)
    _check_open(change)
    _make_room(change, attempt, request.replaces)
    first_check = change.now + timedelta(seconds=change.engine.settings.check_schedule[0])
    await jobs.enqueue(change.tx, "check_charge", attempt.id, first_check)
    return attempt


def _check_open(change: Change) -> None:
    payment = change.payment
    if payment.status not in ("open", "pending") or payment.expires_at <= change.now:
        over = payment.status in ("open", "pending")
        raise PaymentNotOpen(
            "the time to pay is over" if over else f"this payment is {payment.status}",
            current="expired" if over else payment.status,
        )


def _make_room(change: Change, attempt: Attempt, replaces: str | None) -> None:
    """One live attempt at a time: another must be given up by name."""
    live = next((a for a in change.snapshot.attempts if a.live and a is not attempt), None)
    if live and live.id == replaces:
        change.release(live, "replaced")
    elif live:
        raise AttemptInProgress(
            "wait for it, give it up for another, or cancel the payment",
            attempt=attempt_document(change.engine, live),
            allowed=_ALLOWED,
        )


async def _ask(gateway: Gateway, charge: Charge, attempt: Attempt) -> ChargeState | GatewayFailure:
    logs.bind(payment=attempt.payment_id, attempt=attempt.id)
    try:
        return await gateway.charge(charge)
    except GatewayFailure as failure:
        _log.warning("charge_without_answer", failure=type(failure).__name__)
        return failure


def _until(payment: Payment, method: Method, now: datetime) -> datetime:
    valid_for = VALID_FOR.get(method)
    return min(payment.expires_at, now + valid_for) if valid_for else payment.expires_at


def _charge(
    engine: Engine,
    payment: Payment,
    attempt: Attempt,
    request: AttemptIn,
    client: Client,
    paying: PaysWith,
) -> Charge:
    person = orjson.loads(engine.vault.open(payment.customer, payment.id))
    return Charge(
        ref=attempt.ref,
        amount=Paise(attempt.amount),
        method=Method(request.method),
        customer=Customer(ref=payment.customer_ref, **person),
        return_url=f"{engine.settings.public_url}/v1/{attempt.gateway}/return",
        description=f"Order {payment.order_id}",
        client=client,
        capture=payment.capture == "automatic",
        upi_app=getattr(request, "app", None),
        vpa=paying.vpa,
        bank=getattr(request, "bank", None),
        wallet=getattr(request, "wallet", None),
        card_token=request.card_token if isinstance(request, CardIn) else None,
        card=paying.card,
        instrument=paying.token_at(attempt.gateway),
        cvv=paying.cvv,
        save=paying.save,
    )
