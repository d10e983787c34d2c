"""Open a payment for an order, read it, and close it."""

from datetime import timedelta

import orjson
from tortoise.exceptions import IntegrityError

from payment_engine.db import snapshot as snapshots
from payment_engine.db.models import Payment
from payment_engine.db.open_payment import open_payment
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    NotFound,
    OrderAlreadyPaid,
    OrderAmountDiffers,
    PaymentNotOpen,
    Unavailable,
)
from payment_engine.domain.ids import new_id
from payment_engine.domain.requests.payments import PaymentIn
from payment_engine.domain.states import Closing
from payment_engine.engine import Engine
from payment_engine.services.access import idempotency
from payment_engine.services.access.idempotency import Answer, IdempotentCall
from payment_engine.services.access.tokens import AFTER_EXPIRY, checkout_token
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.payment import (
    CheckoutOut,
    OpenedPayment,
    PaymentOut,
    payment_document,
)
from payment_engine.services.lifecycle.transitions import changing, open_free

_TRIES = 3
_CLOSED = frozenset({"cancelled", "expired"})
_PAID = frozenset({"paid", "authorized"})


async def start_payment(engine: Engine, request: PaymentIn, call: IdempotentCall) -> Answer:
    """Open a payment, or answer with the one that the order already has.

    Raises OrderAlreadyPaid, OrderAmountDiffers, and what idempotency raises.
    """
    for _ in range(_TRIES):
        try:
            return await _open(engine, request, call)
        except (IntegrityError, idempotency.AlreadyClaimed):
            answer = await _seen_before(engine, request, call)
        if answer:
            return answer
    raise Unavailable("another request is changing this order", retry_after=1)


async def _open(engine: Engine, request: PaymentIn, call: IdempotentCall) -> Answer:
    payment = _payment(engine, request, call.merchant_id)
    if payment.amount == 0:
        return await _open_free(engine, payment, call)
    opened = Snapshot(payment=payment, attempts=[], refunds=[])
    answer = Answer.created(_with_checkout(engine, opened))
    key = idempotency.answered_key(engine, call, payment.id, answer)
    await open_payment(engine.db.connection, payment, key)
    return answer


async def _open_free(engine: Engine, payment: Payment, call: IdempotentCall) -> Answer:
    async with engine.db.transaction() as tx:
        await idempotency.claim(engine, tx, call, payment.id)
        snapshot = await open_free(engine, tx, payment)
        answer = Answer.created(_with_checkout(engine, snapshot))
        await idempotency.remember(engine, call, answer, tx)
    return answer


async def _seen_before(engine: Engine, request: PaymentIn, call: IdempotentCall) -> Answer | None:
    """Either the key or the order was there first; None when neither stands any longer."""
    earlier = await idempotency.earlier_answer(engine, call)
    if isinstance(earlier, Answer):
        return earlier
    found = await snapshots.read_order(engine.db.connection, call.merchant_id, request.order_id)
    current = next((one for one in found if one.payment.status not in _CLOSED), None)
    if current is None:
        return None
    payment = current.payment
    if payment.status in _PAID:
        raise OrderAlreadyPaid(payment_id=payment.id)
    if payment.expires_at <= engine.now():
        await expire(engine, payment.id)
        return None
    if payment.amount != request.amount:
        raise OrderAmountDiffers(
            f"order {request.order_id} has an open payment for another amount: cancel it first",
            payment_id=payment.id,
            amount=payment.amount,
        )
    return await _answer_existing(engine, current, call)


async def _answer_existing(
    engine: Engine, current: Snapshot, call: IdempotentCall
) -> Answer | None:
    answer = Answer.done(_with_checkout(engine, current))
    try:
        async with engine.db.transaction() as tx:
            await idempotency.claim(engine, tx, call, current.payment.id)
            await idempotency.remember(engine, call, answer, tx)
    except idempotency.AlreadyClaimed:
        return None
    return answer


async def read_payment(
    engine: Engine, caller: Caller, payment_id: str, *, wait: float = 0, seen: int | None = None
) -> Snapshot:
    """The payment; with ``wait`` seconds, as soon as it leaves version ``seen`` (or today's)."""
    snapshot = await visible_payment(engine, caller, payment_id)
    version = snapshot.payment.version if seen is None else seen
    if wait and snapshot.payment.version == version:
        await engine.waiters.wait(payment_id, version, wait)
        snapshot = await visible_payment(engine, caller, payment_id)
    return snapshot


async def find_by_order(engine: Engine, caller: Caller, order_id: str) -> list[PaymentOut]:
    """Every payment of an order, oldest first."""
    found = await snapshots.read_order(engine.db.connection, caller.merchant_id, order_id)
    return [payment_document(engine, snapshot) for snapshot in found]


async def cancel(engine: Engine, caller: Caller, payment_id: str, call: IdempotentCall) -> Answer:
    """Close a payment that nobody paid; money that still arrives is sent back (PHR-8)."""

    async def work() -> str:
        async with changing(engine, payment_id, "caller") as change:
            check_sees(caller, change.payment)
            await idempotency.claim(engine, change.tx, call, payment_id)
            if change.payment.status not in ("open", "pending"):
                raise PaymentNotOpen(
                    f"a payment that is {change.payment.status} cannot be cancelled",
                    current=change.payment.status,
                )
            change.close(Closing.CANCELLED)
        return payment_id

    async def answer(_: str) -> Answer:
        snapshot = await visible_payment(engine, caller, payment_id)
        return Answer.done(payment_document(engine, snapshot))

    return await idempotency.once(engine, call, work, answer)


async def expire(engine: Engine, payment_id: str) -> None:
    """Close a payment whose time is over and that nobody paid."""
    async with changing(engine, payment_id, "expiry") as change:
        over = change.payment.expires_at <= change.now
        if over and change.payment.status in ("open", "pending"):
            change.close(Closing.EXPIRED)


async def visible_payment(engine: Engine, caller: Caller, payment_id: str) -> Snapshot:
    """The payment, if it exists for this caller; raises NotFound."""
    snapshot = await snapshots.read(engine.db.connection, payment_id)
    if snapshot is None:
        raise NotFound
    check_sees(caller, snapshot.payment)
    return snapshot


def check_sees(caller: Caller, payment: Payment) -> None:
    """Raise NotFound for what is not this caller's to see: never a hint that it exists."""
    if not caller.sees(payment.merchant_id, payment.id):
        raise NotFound


def phone_marks(engine: Engine, phone: str) -> list[bytes]:
    """The keyed hashes by which a customer's payments are found (OPS-1)."""
    return engine.sealer.keyed_hashes("phone", phone)


def _payment(engine: Engine, request: PaymentIn, merchant_id: str) -> Payment:
    now = engine.now()
    payment_id = new_id("pay", int(now.timestamp() * 1000))
    person = request.customer.model_dump(exclude={"ref"}, exclude_none=True)
    return Payment(
        id=payment_id,
        merchant_id=merchant_id,
        order_id=request.order_id,
        status="open",
        amount=request.amount,
        currency=request.currency,
        breakdown=[line.model_dump(exclude_none=True) for line in request.breakdown],
        metadata=request.metadata,
        customer_ref=request.customer.ref,
        customer=engine.sealer.seal(orjson.dumps(person), payment_id),
        phone_hash=phone_marks(engine, phone)[0] if (phone := person.get("phone")) else None,
        return_url=request.return_url,
        capture=request.capture,
        created_at=now,
        expires_at=now + timedelta(seconds=request.expires_in),
    )


def _with_checkout(engine: Engine, snapshot: Snapshot) -> OpenedPayment:
    payment = snapshot.payment
    token = checkout_token(engine, payment)
    checkout: CheckoutOut = {
        "token": token,
        "url": f"{engine.settings.public_url}/checkout/{payment.id}#{token}",
        "expires_at": format_time(payment.expires_at + AFTER_EXPIRY),
    }
    return {**payment_document(engine, snapshot), "checkout": checkout}
