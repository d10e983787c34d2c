"""What answers about a customer's config and all that is kept of them look like."""

from typing import Any, Literal

from payment_engine.blueprints.schemas.cards import SavedCardOut
from payment_engine.blueprints.schemas.payments import CustomerOut, Out
from payment_engine.blueprints.schemas.upi import SavedVpaOut
from payment_engine.blueprints.schemas.wallets import WalletOut


class ConsentOut(Out):
    """One yes or no."""

    purpose: str
    given: bool
    text_version: str
    channel: str
    subject: str | None
    at: str


class LimitsOut(Out):
    """What people on call let the customer pay, in paise and times."""

    per_payment: int | None = None
    per_day: int | None = None
    attempts_per_day: int | None = None


class ConfigOut(Out):
    """How a customer likes to pay; ``consents`` is the last word on each purpose."""

    preferred_method: str | None
    default_instrument: str | None
    hidden_methods: list[str]
    language: Literal["en", "hi"]
    consents: dict[str, ConsentOut]
    consent_history: list[ConsentOut]
    limits: LimitsOut
    version: int
    updated_at: str | None


class ExportedConsent(ConsentOut):
    """One yes or no, with the address and device that it came from."""

    circumstances: dict[str, Any] | None


class ExportedPayment(Out):
    """What was paid, in paise, and the contact given with it."""

    id: str
    order_id: str
    status: str
    amount: int
    amount_captured: int
    amount_refunded: int
    contact: dict[str, str]
    created_at: str


class ExportOut(Out):
    """Everything that is held of a customer; UPI IDs in full, for the customer's own eyes."""

    customer: CustomerOut
    exported_at: str
    config: ConfigOut
    consents: list[ExportedConsent]
    cards: list[SavedCardOut]
    vpas: list[SavedVpaOut]
    wallets: list[WalletOut]
    payments: list[ExportedPayment]
