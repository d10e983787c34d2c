"""What a customer may pay, as somebody on call set it; anything above is refused."""

from datetime import datetime

from payment_engine.db import customer_limits
from payment_engine.db.connection import Connection
from payment_engine.db.models import Payment
from payment_engine.domain.callers import CustomerKey
from payment_engine.domain.errors import LimitExceeded
from payment_engine.domain.money import Paise, display
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.engine import Engine


async def set_limits(engine: Engine, customer: CustomerKey, limits: LimitsIn) -> dict[str, int]:
    """Set all of a customer's limits, in paise and times; those left out are lifted."""
    stored: dict[str, int] = limits.model_dump(exclude_none=True)
    await customer_limits.set_limits(engine.db.connection, customer, stored, engine.now())
    return stored


async def check_limits(tx: Connection, payment: Payment, now: datetime) -> None:
    """Refuse an attempt on a payment that is above its customer's limits.

    Call it in the transaction that writes the intent: two at once are counted one after another.
    A day is the last 24 hours; money that may still arrive counts as paid. Raises LimitExceeded.
    """
    customer = payment.customer_key
    limits = await customer_limits.lock_limits(tx, customer)
    if not limits:
        return
    used = await customer_limits.used_by(tx, customer, payment.id, now)
    _compare(limits, "per_payment", payment.amount)
    _compare(limits, "per_day", used.paid + payment.amount)
    _compare(limits, "attempts_per_day", used.attempts + 1)


def _compare(limits: dict[str, int], name: str, reached: int) -> None:
    most = limits.get(name)
    if most is None or reached <= most:
        return
    text = str(most) if name == "attempts_per_day" else display(Paise(most))
    raise LimitExceeded(f"{name} is {text} for this customer", limit=name, most=most)
