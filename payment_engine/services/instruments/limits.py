"""A customer's limits, set by on-call staff: an attempt above one of them is refused."""

from payment_engine.db import customer_limits
from payment_engine.domain.commit import LimitGuard
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.errors import LimitExceeded
from payment_engine.domain.money import Paise, display
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.domain.store import Loaded
from payment_engine.engine import Engine


async def set_limits(engine: Engine, customer: CustomerKey, limits: LimitsIn) -> dict[str, int]:
    """Replace all of a customer's limits, in paise and attempts; those left out are removed."""
    stored: dict[str, int] = limits.model_dump(exclude_none=True)
    await customer_limits.set_limits(engine.db.connection, customer, stored, engine.now())
    return stored


def check_limits(loaded: Loaded) -> None:
    """Refuse an attempt on a payment that is above its customer's limits.

    A day is the last 24 hours; pending money counts as paid. Raises LimitExceeded.
    """
    used, amount = loaded.limits, loaded.snapshot.payment.amount
    if used is None:
        return
    _check(used.limits, "per_payment", amount)
    _check(used.limits, "per_day", used.paid_today + amount)
    _check(used.limits, "attempts_per_day", used.attempts_today + 1)


def limit_guard(loaded: Loaded) -> LimitGuard | None:
    """Makes a commit fail if another attempt of the customer was counted since the load."""
    if loaded.limits is None:
        return None
    payment = loaded.snapshot.payment
    return LimitGuard(
        merchant_id=payment.merchant_id,
        customer_ref=payment.customer_ref,
        expected=loaded.limits.revision,
    )


def _check(limits: dict[str, int], name: str, reached: int) -> None:
    limit = limits.get(name)
    if limit is None or reached <= limit:
        return
    text = str(limit) if name == "attempts_per_day" else display(Paise(limit))
    raise LimitExceeded(f"{name} is {text} for this customer", limit=name, most=limit)
