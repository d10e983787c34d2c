"""What a customer's config looks like, and the export of everything stored about them."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from payment_engine.db.models import Consent
from payment_engine.domain.preferences import Preferences
from payment_engine.services.documents.base import Time, document, format_time
from payment_engine.services.documents.instruments import SavedCardOut, SavedVpaOut, WalletOut
from payment_engine.services.documents.payment import CustomerOut


@document
class ConsentOut(TypedDict):
    """A consent given or withdrawn."""

    purpose: str
    given: bool
    text_version: str
    channel: str
    subject: str | None
    at: Time


@document
class LimitsOut(TypedDict):
    """What on-call staff let the customer pay: paise, paise and attempts."""

    per_payment: NotRequired[int]
    per_day: NotRequired[int]
    attempts_per_day: NotRequired[int]


@document
class ConfigOut(Preferences):
    """How a customer prefers to pay; ``consents`` has the latest for each purpose."""

    consents: dict[str, ConsentOut]
    consent_history: list[ConsentOut]
    limits: LimitsOut
    version: int
    updated_at: Time | None


@document
class ExportedConsent(ConsentOut):
    """A consent with the address and device that it came from."""

    circumstances: dict[str, Any] | None


@document
class ExportedPayment(TypedDict):
    """A payment, amounts in paise, and the contact details given with it."""

    id: str
    order_id: str
    status: str
    amount: int
    amount_captured: int
    amount_refunded: int
    contact: dict[str, str]
    created_at: Time


@document
class ExportOut(TypedDict):
    """Everything stored about a customer; UPI IDs in full, for the customer's own eyes."""

    customer: CustomerOut
    exported_at: Time
    config: ConfigOut
    consents: list[ExportedConsent]
    cards: list[SavedCardOut]
    vpas: list[SavedVpaOut]
    wallets: list[WalletOut]
    payments: list[ExportedPayment]


def consent_document(consent: Consent) -> ConsentOut:
    """A consent without the address and device that it came from."""
    return {
        "purpose": consent.purpose,
        "given": consent.given,
        "text_version": consent.text_version,
        "channel": consent.channel,
        "subject": consent.subject,
        "at": format_time(consent.at),
    }
