"""Payments as their callers may see them, loaded together with what else is being loaded."""

import asyncio
from collections.abc import Iterable

from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound
from payment_engine.domain.ids import is_id
from payment_engine.domain.payment import Payment, Snapshot
from payment_engine.domain.store import Load, Loaded
from payment_engine.engine import Engine


async def load_payment(engine: Engine, load: Load) -> Loaded:
    """The payment with the facts that the load names; raises NotFound."""
    loaded = await engine.committer.load(load)
    if loaded is None:
        raise NotFound
    return loaded


async def load_payments(engine: Engine, ids: Iterable[str]) -> list[Snapshot]:
    """Those of the payments that exist, in the given order."""
    loads = (engine.committer.load(Load(find="payment", id=each)) for each in ids)
    return [loaded.snapshot for loaded in await asyncio.gather(*loads) if loaded]


async def load_attempt(engine: Engine, attempt_id: str) -> Snapshot:
    """The payment of an attempt; raises NotFound."""
    if not is_id("att", attempt_id):
        raise NotFound
    return (await load_payment(engine, Load(find="attempt", id=attempt_id))).snapshot


async def load_refund(engine: Engine, refund_id: str) -> Snapshot:
    """The payment of a refund; raises NotFound."""
    if not is_id("rfd", refund_id):
        raise NotFound
    return (await load_payment(engine, Load(find="refund", id=refund_id))).snapshot


async def visible_payment(engine: Engine, caller: Caller, payment_id: str) -> Snapshot:
    """The payment, if it exists for this caller; raises NotFound."""
    loaded = await load_payment(engine, Load(find="payment", id=payment_id))
    check_sees(caller, loaded.snapshot.payment)
    return loaded.snapshot


def check_sees(caller: Caller, payment: Payment) -> None:
    """Raise NotFound for a payment that the caller may not see, as if it did not exist."""
    if not caller.sees(payment.merchant_id, payment.id):
        raise NotFound
