"""The tables, and where Tortoise finds them and their migrations."""

from typing import Any

from payment_engine.models.idempotency import IdempotencyKey
from payment_engine.models.inbox import InboxNotice
from payment_engine.models.jobs import Job
from payment_engine.models.merchant import ApiKey, Merchant
from payment_engine.models.outbox import OutboxMessage
from payment_engine.models.payment import Attempt, Payment, PaymentEvent
from payment_engine.models.refund import Refund

__all__ = [
    "ApiKey",
    "Attempt",
    "IdempotencyKey",
    "InboxNotice",
    "Job",
    "Merchant",
    "OutboxMessage",
    "Payment",
    "PaymentEvent",
    "Refund",
]

__models__ = [
    ApiKey,
    Attempt,
    IdempotencyKey,
    InboxNotice,
    Job,
    Merchant,
    OutboxMessage,
    Payment,
    PaymentEvent,
    Refund,
]


def config(url: str) -> dict[str, Any]:
    """Tortoise's configuration for one database URL."""
    return {
        "connections": {"default": url},
        "apps": {
            "engine": {
                "models": ["payment_engine.models"],
                "default_connection": "default",
                "migrations": "migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


TORTOISE = config("postgres://postgres@127.0.0.1:5432/payment_engine")
"""For Tortoise's own command line, which writes migrations without touching a database."""
