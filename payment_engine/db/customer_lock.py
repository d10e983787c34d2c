"""One change at a time of what a customer has saved: a count that is checked must still hold."""

from payment_engine.db.connection import Connection
from payment_engine.domain.customer import CustomerKey

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def lock_customer(transaction: Connection, customer: CustomerKey) -> None:
    """Wait until no other transaction has this customer's lock; held until this one ends."""
    await transaction.execute_query(_LOCK, [f"saved by {customer.merchant_id}:{customer.ref}"])
