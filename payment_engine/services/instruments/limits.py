"""A customer's limits, set by on-call staff: an attempt above one of them is refused."""

from datetime import datetime

from payment_engine.db import customer_limits
from payment_engine.db.connection import Connection
from payment_engine.db.models import Payment
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.errors import LimitExceeded
from payment_engine.domain.money import Paise, display
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.engine import Engine


async def set_limits(engine: Engine, customer: CustomerKey, limits: LimitsIn) -> dict[str, int]:
    """Replace all of a customer's limits, in paise and attempts; those left out are removed."""
    stored: dict[str, int] = limits.model_dump(exclude_none=True)
    await customer_limits.set_limits(engine.db.connection, customer, stored, engine.now())
    return stored


async def check_limits(tx: Connection, payment: Payment, now: datetime) -> None:
    """Refuse an attempt on a payment that is above its customer's limits.

    Call it in the transaction that writes the attempt, so that two at once are counted one after
    another. A day is the last 24 hours; pending money counts as paid. Raises LimitExceeded.
    """
    customer = payment.customer_key
    limits = await customer_limits.lock_limits(tx, customer)
    if not limits:
        return
    used = await customer_limits.used_by(tx, customer, payment.id, now)
    _check(limits, "per_payment", payment.amount)
    _check(limits, "per_day", used.paid + payment.amount)
    _check(limits, "attempts_per_day", used.attempts + 1)


def _check(limits: dict[str, int], name: str, reached: int) -> None:
    limit = limits.get(name)
    if limit is None or reached <= limit:
        return
    text = str(limit) if name == "attempts_per_day" else display(Paise(limit))
    raise LimitExceeded(f"{name} is {text} for this customer", limit=name, most=limit)
