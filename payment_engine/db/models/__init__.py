"""The tables, and where Tortoise finds them and their migrations."""

from typing import Any

from payment_engine.db.models.bulk import BulkAction
from payment_engine.db.models.control import (
    AdminAction,
    AuditChain,
    Banner,
    Breaker,
    ConfiguredGateway,
    Downtime,
    ProviderWeight,
    Quarantined,
    RateCount,
    Route,
)
from payment_engine.db.models.idempotency import IdempotencyKey
from payment_engine.db.models.inbox import InboxWebhook
from payment_engine.db.models.instrument import (
    CardToken,
    Consent,
    CustomerConfig,
    LinkedWallet,
    SavedCard,
    SavedVpa,
    mark_used,
    owned_by,
)
from payment_engine.db.models.jobs import Job, PausedJobKind
from payment_engine.db.models.merchant import ApiKey, Merchant
from payment_engine.db.models.outbox import OutboxMessage
from payment_engine.db.models.payment import Attempt, Payment, PaymentEvent
from payment_engine.db.models.process import Process
from payment_engine.db.models.refund import Refund
from payment_engine.db.models.unmatched import UnmatchedReport
from payment_engine.db.packaged_migrations import load_migrations

__all__ = [
    "AdminAction",
    "ApiKey",
    "Attempt",
    "AuditChain",
    "Banner",
    "Breaker",
    "BulkAction",
    "CardToken",
    "ConfiguredGateway",
    "Consent",
    "CustomerConfig",
    "Downtime",
    "IdempotencyKey",
    "InboxWebhook",
    "Job",
    "LinkedWallet",
    "Merchant",
    "OutboxMessage",
    "PausedJobKind",
    "Payment",
    "PaymentEvent",
    "Process",
    "ProviderWeight",
    "Quarantined",
    "RateCount",
    "Refund",
    "Route",
    "SavedCard",
    "SavedVpa",
    "UnmatchedReport",
    "mark_used",
    "owned_by",
]

__models__ = [
    AdminAction,
    ApiKey,
    Attempt,
    AuditChain,
    Banner,
    Breaker,
    BulkAction,
    CardToken,
    ConfiguredGateway,
    Consent,
    CustomerConfig,
    Downtime,
    IdempotencyKey,
    InboxWebhook,
    Job,
    LinkedWallet,
    Merchant,
    OutboxMessage,
    PausedJobKind,
    Payment,
    PaymentEvent,
    Process,
    ProviderWeight,
    Quarantined,
    RateCount,
    Refund,
    Route,
    UnmatchedReport,
    SavedCard,
    SavedVpa,
]


def config(connection: str | dict[str, Any]) -> dict[str, Any]:
    """Tortoise's configuration for one database: its address, or an engine with its options."""
    return {
        "connections": {"default": connection},
        "apps": {
            "engine": {
                "models": ["payment_engine.db.models"],
                "default_connection": "default",
                "migrations": load_migrations().__name__,
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


TORTOISE = config("postgres://postgres@127.0.0.1:5432/payment_engine")
"""For Tortoise's own command line, which writes migrations without touching a database."""
