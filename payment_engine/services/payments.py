"""Opens a payment for an order, reads it, and closes it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import orjson

from payment_engine.domain.callers import Caller, CallerKind
from payment_engine.domain.commit import CommitResult
from payment_engine.domain.errors import (
    IdempotencyInProgress,
    OrderAlreadyPaid,
    OrderAmountDiffers,
    OrderDiffers,
    PaymentNotOpen,
    Unavailable,
)
from payment_engine.domain.events import EventType, MessageType, Source
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Payment, Snapshot
from payment_engine.domain.requests.payments import PaymentIn
from payment_engine.domain.states import (
    PAYMENT_CLOSED,
    PAYMENT_SECURED,
    PAYMENT_UNPAID,
    Closing,
    PaymentStatus,
)
from payment_engine.domain.store import BatchRefused, Loaded
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import (
    Answer,
    IdempotentCall,
    answered_key,
    check_unused,
    claimed_key,
    earlier_answer,
)
from payment_engine.services.access.tokens import AFTER_EXPIRY, checkout_token, checkout_url
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.payment import (
    CheckoutOut,
    OpenedPayment,
    payment_document,
)
from payment_engine.services.lifecycle.change import (
    NOTHING_BESIDE,
    Beside,
    change_payment,
    commit_of,
    new_change_id,
    situation,
)
from payment_engine.services.lifecycle.once import answer_now, keyed_load, once, reply_to
from payment_engine.services.lifecycle.outcomes import change_known
from payment_engine.services.lifecycle.publish import published
from payment_engine.services.lifecycle.read import load_payments, visible_payment
from payment_engine.services.lifecycle.write import write
from payment_engine.waiters import Waited

_TRIES = 3
_MOST_WAITS: Mapping[CallerKind, int] = {"checkout": 20, "status": 20, "service": 500}
"""How many requests of one token may wait at once in one process."""
_ASK_AGAIN_AFTER = 2
"""Seconds until a payment that is read without waiting is worth reading again."""
_SHED_SECONDS = 5
"""A request that may not wait is asked to return after this many seconds, or up to twice that."""


@dataclass(frozen=True)
class Reading:
    """What a reader is answered.

    ``snapshot``: None if a payment that was not even read is still at the version that the reader
    knows. ``retry_after``: in how many seconds it is worth asking again.
    """

    snapshot: Snapshot | None
    retry_after: int


async def start_payment(engine: Engine, request: PaymentIn, call: IdempotentCall) -> Answer:
    """Open a payment, or answer with the one that the order already has.

    Raises OrderAlreadyPaid, OrderAmountDiffers, OrderDiffers, Unavailable, and what idempotency
    raises.
    """
    payment = _payment(engine, request, call.merchant_id)
    for _ in range(_TRIES):
        answer = await _open(engine, payment, call) or await _existing(engine, request, call)
        if answer:
            return answer
    raise Unavailable("another request is changing this order", retry_after=1)


async def _open(engine: Engine, payment: Payment, call: IdempotentCall) -> Answer | None:
    """Open it under its answered key; None if the key was used or the order has a payment."""
    change = PaymentChange(Snapshot(payment=payment), situation(engine, Source.CALLER), new=True)
    change.note(EventType.PAYMENT_OPENED)
    if payment.amount:
        change.request_job(JobKind.EXPIRE_PAYMENT, payment.id, payment.expires_at)
    else:
        change.announce(MessageType.PAYMENT_PAID)
    decided = change.finish_in_any_case()
    answer = Answer.created(_with_checkout(engine, decided.after))
    claim = answered_key(engine, call, payment.id, answer)
    beside = Beside(claim=claim)
    commit = commit_of(engine, decided, new_change_id(engine), beside, expected=None)
    try:
        result = await write(engine, commit, intent=True)
    except BatchRefused:
        return None
    if result is not CommitResult.WRITTEN:
        return None
    published(engine, commit)
    return answer


async def _existing(engine: Engine, request: PaymentIn, call: IdempotentCall) -> Answer | None:
    """The answer if the key was used before, or the order has a current payment; else None.

    Raises OrderAlreadyPaid, OrderAmountDiffers, OrderDiffers, and what idempotency raises.
    """
    earlier = await _earlier(engine, call)
    if earlier:
        return earlier
    found = await _payments_of_order(engine, call.merchant_id, request.order_id)
    current = next((each for each in found if each.payment.status not in PAYMENT_CLOSED), None)
    if current is None:
        return None
    payment = current.payment
    if payment.status in PAYMENT_SECURED:
        raise OrderAlreadyPaid(payment_id=payment.id)
    if payment.expires_at <= engine.now():
        await expire(engine, current)
        return None
    _check_agrees(payment, request)
    return await _answer_existing(engine, current, call)


def _check_agrees(payment: Payment, request: PaymentIn) -> None:
    """Raise OrderAmountDiffers, or OrderDiffers if a repeated request is not for this payment."""
    pairs = {
        "/customer/ref": (payment.customer_ref, request.customer.ref),
        "/amount": (payment.amount, request.amount),
        "/currency": (payment.currency, request.currency),
        "/capture": (payment.capture, request.capture),
    }
    differing = [pointer for pointer, (ours, theirs) in pairs.items() if ours != theirs]
    if not differing:
        return
    errors = [
        {"pointer": pointer, "message": "is not that of the order's open payment"}
        for pointer in differing
    ]
    detail = f"order {request.order_id} has an open payment with other terms: cancel it first"
    if differing == ["/amount"]:
        raise OrderAmountDiffers(
            detail, payment_id=payment.id, amount=payment.amount, errors=errors
        )
    raise OrderDiffers(detail, payment_id=payment.id, errors=errors)


async def _earlier(engine: Engine, call: IdempotentCall) -> Answer | None:
    """The answer that the key has; None if it is new."""
    row = await engine.committer.store.key(call.merchant_id, call.key)
    if row is None:
        return None
    answer = earlier_answer(engine, call, row, alive=True)
    if not isinstance(answer, Answer):
        raise IdempotencyInProgress(retry_after=1)
    return answer


async def _answer_existing(
    engine: Engine, current: Snapshot, call: IdempotentCall
) -> Answer | None:
    """Answer with the order's payment, from now on under this key too; None if it is taken."""
    answer = Answer.done(_with_checkout(engine, current))
    key = answered_key(engine, call, current.payment.id, answer)
    return answer if await engine.committer.store.add_key(key) else None


async def read_payment(
    engine: Engine,
    caller: Caller,
    payment_id: str,
    *,
    wait: float = 0,
    known_version: int | None = None,
) -> Reading:
    """The payment; with ``wait``, after that many seconds or once its version is not
    ``known_version`` (None: the current one). Raises NotFound."""
    snapshot = None
    if not wait or known_version is None or caller.payment_id != payment_id:
        snapshot = await visible_payment(engine, caller, payment_id)
        version = snapshot.payment.version
        if not wait or known_version not in (None, version):
            return Reading(snapshot, 0 if wait else _ASK_AGAIN_AFTER)
        known_version = version
    waited = await engine.waiters.wait(
        payment_id, known_version, wait, token=_token(caller), most=_MOST_WAITS[caller.kind]
    )
    if waited is Waited.UNCHANGED:
        return Reading(snapshot, 0)
    after = _shed_for() if waited is Waited.REFUSED else 0
    return Reading(await visible_payment(engine, caller, payment_id), after)


def _token(caller: Caller) -> str:
    """Whose waiting requests are counted together: a payment has one token, a shop several."""
    return caller.payment_id or caller.actor or caller.merchant_id


def _shed_for() -> int:
    """Seconds, not the same for all, so that they do not come back together."""
    return _SHED_SECONDS + secrets.randbelow(_SHED_SECONDS)


async def cancel(engine: Engine, caller: Caller, payment_id: str, call: IdempotentCall) -> Answer:
    """Close a payment that nobody paid; money that still arrives is sent back.

    Raises NotFound, PaymentNotOpen, and what idempotency raises.
    """
    load = keyed_load(payment_id, call)

    def render(snapshot: Snapshot, _: str) -> Answer:
        return Answer.done(payment_document(engine, snapshot))

    def decide(change: PaymentChange, loaded: Loaded) -> Beside:
        check_unused(engine, call, loaded)
        status = change.payment.status
        if status not in PAYMENT_UNPAID | {PaymentStatus.VOIDED}:
            raise PaymentNotOpen(f"a payment that is {status} cannot be cancelled", current=status)
        change.close(Closing.CANCELLED)
        return Beside(
            claim=claimed_key(engine, call, payment_id), reply=reply_to(call, payment_id, render)
        )

    async def start(loaded: Loaded) -> Answer:
        changed = await change_payment(
            engine, load, decide, Source.CALLER, intent=True, known=loaded
        )
        return changed.answer or render(changed.snapshot, payment_id)

    async def resume(snapshot: Snapshot, _: str) -> Answer:
        return await answer_now(engine, snapshot, reply_to(call, payment_id, render))

    return await once(engine, caller, load, call, start, resume)


async def expire(engine: Engine, known: Snapshot) -> None:
    """Close a payment whose time is over and that nobody paid."""

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        over = change.payment.expires_at <= change.now
        if over and change.payment.status in PAYMENT_UNPAID:
            change.close(Closing.EXPIRED)
        return NOTHING_BESIDE

    await change_known(engine, known, decide, Source.EXPIRY)


async def _payments_of_order(engine: Engine, merchant_id: str, order_id: str) -> list[Snapshot]:
    ids = await engine.committer.store.ids_of_order(merchant_id, order_id)
    return await load_payments(engine, ids)


def phone_hashes(engine: Engine, phone: str) -> list[bytes]:
    """The keyed hashes of a phone number, by which its customer's payments are found."""
    return engine.sealer.keyed_hashes("phone", phone)


def _payment(engine: Engine, request: PaymentIn, merchant_id: str) -> Payment:
    now = engine.now()
    payment_id = engine.new_id("pay")
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
        "url": checkout_url(engine, payment, token=token),
        "expires_at": format_time(payment.expires_at + AFTER_EXPIRY),
    }
    return {**payment_document(engine, snapshot), "checkout": checkout}
