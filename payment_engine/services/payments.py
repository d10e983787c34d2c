"""Opens a payment for an order, reads it, and closes it."""

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
from payment_engine.domain.events import Source
from payment_engine.domain.ids import new_id
from payment_engine.domain.requests.payments import PaymentIn
from payment_engine.domain.states import (
    PAYMENT_CLOSED,
    PAYMENT_SECURED,
    PAYMENT_UNPAID,
    Closing,
    PaymentStatus,
)
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
from payment_engine.services.lifecycle.transitions import change_payment, open_free_payment

_TRIES = 3


async def start_payment(engine: Engine, request: PaymentIn, call: IdempotentCall) -> Answer:
    """Open a payment, or answer with the one that the order already has.

    Raises OrderAlreadyPaid, OrderAmountDiffers, and what idempotency raises.
    """
    for _ in range(_TRIES):
        try:
            return await _open(engine, request, call)
        except (IntegrityError, idempotency.AlreadyClaimed):
            answer = await _existing_answer(engine, request, call)
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
        snapshot = await open_free_payment(engine, tx, payment)
        answer = Answer.created(_with_checkout(engine, snapshot))
        await idempotency.store_answer(engine, call, answer, tx)
    return answer


async def _existing_answer(
    engine: Engine, request: PaymentIn, call: IdempotentCall
) -> Answer | None:
    """The answer if the key was used before, or the order has a current payment; else None.

    Raises OrderAlreadyPaid, OrderAmountDiffers, and what idempotency raises.
    """
    earlier = await idempotency.earlier_answer(engine, call)
    if isinstance(earlier, Answer):
        return earlier
    found = await snapshots.read_order(engine.db.connection, call.merchant_id, request.order_id)
    current = next((each for each in found if each.payment.status not in PAYMENT_CLOSED), None)
    if current is None:
        return None
    payment = current.payment
    if payment.status in PAYMENT_SECURED:
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
            await idempotency.store_answer(engine, call, answer, tx)
    except idempotency.AlreadyClaimed:
        return None
    return answer


async def read_payment(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    *,
    wait: float = 0,
    known_version: int | None = None,
) -> Snapshot:
    """The payment; with ``wait``, after that many seconds or once its version is not
    ``known_version`` (None: the current one). Raises NotFound."""
    snapshot = await visible_payment(engine, caller, payment_id)
    version = snapshot.payment.version if known_version is None else known_version
    if wait and snapshot.payment.version == version:
        await engine.waiters.wait(payment_id, version, wait)
        snapshot = await visible_payment(engine, caller, payment_id)
    return snapshot


async def find_by_order(engine: Engine, caller: Caller, order_id: str) -> list[PaymentOut]:
    """Every payment of an order, oldest first."""
    found = await snapshots.read_order(engine.db.connection, caller.merchant_id, order_id)
    return [payment_document(engine, snapshot) for snapshot in found]


async def cancel(engine: Engine, caller: Caller, payment_id: str, call: IdempotentCall) -> Answer:
    """Close a payment that nobody paid; money that still arrives is sent back.

    Raises NotFound, PaymentNotOpen, and what idempotency raises.
    """

    async def start() -> Answer:
        async with change_payment(engine, payment_id, Source.CALLER) as change:
            check_sees(caller, change.payment)
            await idempotency.claim(engine, change.tx, call, payment_id)
            status = change.payment.status
            if status not in PAYMENT_UNPAID:
                raise PaymentNotOpen(
                    f"a payment that is {status} cannot be cancelled", current=status
                )
            change.close(Closing.CANCELLED)
        return Answer.done(payment_document(engine, change.snapshot))

    async def resume(_: str) -> Answer:
        snapshot = await visible_payment(engine, caller, payment_id)
        return Answer.done(payment_document(engine, snapshot))

    return await idempotency.once(engine, call, start, resume)


async def expire(engine: Engine, payment_id: str) -> None:
    """Close a payment whose time is over and that nobody paid."""
    async with change_payment(engine, payment_id, Source.EXPIRY) as change:
        over = change.payment.expires_at <= change.now
        if over and change.payment.status in PAYMENT_UNPAID:
            change.close(Closing.EXPIRED)


async def visible_payment(engine: Engine, caller: Caller, payment_id: str) -> Snapshot:
    """The payment, if it exists for this caller; raises NotFound."""
    snapshot = await snapshots.read(engine.db.connection, payment_id)
    if snapshot is None:
        raise NotFound
    check_sees(caller, snapshot.payment)
    return snapshot


def check_sees(caller: Caller, payment: Payment) -> None:
    """Raise NotFound for a payment that the caller may not see, as if it did not exist."""
    if not caller.sees(payment.merchant_id, payment.id):
        raise NotFound


def phone_hashes(engine: Engine, phone: str) -> list[bytes]:
    """The keyed hashes of a phone number, by which its customer's payments are found."""
    return engine.sealer.keyed_hashes("phone", phone)


def _payment(engine: Engine, request: PaymentIn, merchant_id: str) -> Payment:
    now = engine.now()
    payment_id = new_id("pay", int(now.timestamp() * 1000))
    contact = request.customer.model_dump(exclude={"ref"}, exclude_none=True)
    phone = request.customer.phone
    columns = request.model_dump(exclude={"customer", "expires_in"}, exclude_none=True)
    return Payment(
        id=payment_id,
        merchant_id=merchant_id,
        status=PaymentStatus.OPEN,
        **columns,
        customer_ref=request.customer.ref,
        customer=engine.sealer.seal(orjson.dumps(contact), payment_id),
        phone_hash=phone_hashes(engine, phone)[0] if phone else None,
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
