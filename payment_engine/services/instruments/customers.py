"""All that is kept of a customer: handed out as one document, or let go of in one call."""

import orjson

from payment_engine.db.models import (
    Attempt,
    Consent,
    CustomerConfig,
    LinkedWallet,
    Payment,
    SavedCard,
    SavedVpa,
)
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.customer import ExportedConsent, ExportedPayment, ExportOut
from payment_engine.services.documents.instruments import (
    SavedVpaOut,
    card_document,
    vpa_document,
    wallet_document,
)
from payment_engine.services.instruments.cards import SHOWN
from payment_engine.services.instruments.forgetting import FORGET
from payment_engine.services.instruments.preferences import read_config
from payment_engine.services.instruments.wallets import LINKED


async def export_customer(engine: Engine, merchant_id: str, customer_ref: str) -> ExportOut:
    """Everything that we hold of a customer, sealed things opened: for the customer's own eyes."""
    owner = {"merchant_id": merchant_id, "customer_ref": customer_ref}
    config, _ = await read_config(owner)
    consents = await Consent.filter(**owner).order_by("at")
    return {
        "customer": {"ref": customer_ref},
        "exported_at": format_time(engine.now()),
        "config": config,
        "consents": [_consent(engine, each) for each in consents],
        "cards": [card_document(each) for each in await SavedCard.filter(**owner, state__in=SHOWN)],
        "vpas": [_vpa(engine, each) for each in await SavedVpa.filter(**owner)],
        "wallets": [
            wallet_document(each) for each in await LinkedWallet.filter(**owner, state=LINKED)
        ],
        "payments": [
            _payment(engine, each) for each in await Payment.filter(**owner).order_by("created_at")
        ],
    }


async def erase_customer(engine: Engine, merchant_id: str, customer_ref: str) -> None:
    """Let go of all that a customer keeps with us; again is the same.

    Cards go from their gateways by jobs. What was agreed to and when stays, without address and
    device; so do payments, attempts and refunds, which the law has us keep (PCI-10), and limits
    that people on call set.
    """
    owner = {"merchant_id": merchant_id, "customer_ref": customer_ref}
    for forget in FORGET.values():
        await forget(engine, owner)
    await Consent.filter(**owner, circumstances__isnull=False).update(circumstances=None)
    await Attempt.filter(payment_id__in=await _payment_ids(owner)).update(payer=None)
    await CustomerConfig.filter(**owner, limits={}).delete()
    await CustomerConfig.filter(**owner).update(preferences={}, updated_at=engine.now())


async def _payment_ids(owner: dict[str, str]) -> list[str]:
    held = Payment.filter(**owner, attempts__payer__isnull=False)
    return [str(each) for each in await held.values_list("id", flat=True)]


def _consent(engine: Engine, consent: Consent) -> ExportedConsent:
    opened = consent.circumstances and engine.sealer.open(consent.circumstances, consent.id)
    return {
        "purpose": consent.purpose,
        "given": consent.given,
        "text_version": consent.text_version,
        "channel": consent.channel,
        "subject": consent.subject,
        "circumstances": orjson.loads(opened) if opened else None,
        "at": format_time(consent.at),
    }


def _vpa(engine: Engine, row: SavedVpa) -> SavedVpaOut:
    return {**vpa_document(row), "vpa": engine.sealer.open(row.sealed, row.id).decode()}


def _payment(engine: Engine, payment: Payment) -> ExportedPayment:
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        "amount": payment.amount,
        "amount_captured": payment.amount_captured,
        "amount_refunded": payment.amount_refunded,
        "contact": orjson.loads(engine.sealer.open(payment.customer, payment.id)),
        "created_at": format_time(payment.created_at),
    }
