"""Everything stored about a customer: exported as one document, or erased."""

import orjson
from tortoise.expressions import Q

from payment_engine.db.models import (
    Consent,
    CustomerConfig,
    LinkedWallet,
    Payment,
    SavedCard,
    SavedVpa,
    owned_by,
)
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.store import Load
from payment_engine.domain.wallets import WalletState
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.customer import (
    ExportedConsent,
    ExportedPayment,
    ExportOut,
)
from payment_engine.services.documents.instruments import (
    SavedVpaOut,
    card_document,
    vpa_document,
    wallet_document,
)
from payment_engine.services.instruments.cards import LISTED
from payment_engine.services.instruments.preferences import read_config
from payment_engine.services.instruments.vpas import wipe_traces
from payment_engine.services.instruments.withdrawal import DELETIONS
from payment_engine.services.lifecycle.read import load_payment


async def export_customer(engine: Engine, customer: CustomerKey) -> ExportOut:
    """Everything stored about a customer, decrypted: for the customer's own eyes."""
    owner = owned_by(customer)
    config, _ = await read_config(customer)
    consents = await Consent.filter(**owner).order_by("at")
    cards = await SavedCard.filter(**owner, state__in=LISTED)
    vpas = await SavedVpa.filter(**owner)
    wallets = await LinkedWallet.filter(**owner, state=WalletState.LINKED)
    payments = await Payment.filter(**owner).order_by("created_at")
    return {
        "customer": {"ref": customer.ref},
        "exported_at": format_time(engine.now()),
        "config": config,
        "consents": [_exported_consent(engine, consent) for consent in consents],
        "cards": [card_document(card) for card in cards],
        "vpas": [_exported_vpa(engine, vpa) for vpa in vpas],
        "wallets": [wallet_document(wallet) for wallet in wallets],
        "payments": [_exported_payment(engine, payment) for payment in payments],
    }


async def erase_customer(engine: Engine, customer: CustomerKey) -> None:
    """Delete a customer's instruments and preferences; repeating it is harmless.

    Consents are emptied first, so that no job saves anything that was deleted. Jobs delete cards
    at their gateways. What the law requires us to retain remains: payments,
    attempts, refunds, and consents, all without address and device. So do limits set on call.
    """
    owner = owned_by(customer)
    await Consent.filter(**owner, circumstances__isnull=False).update(circumstances=None)
    for delete in DELETIONS.values():
        await delete(engine, customer)
    for payment_id in await _payments_with_traces(customer):
        known = (await load_payment(engine, Load(find="payment", id=payment_id))).snapshot
        await wipe_traces(engine, known, [each.id for each in known.attempts])
    await CustomerConfig.filter(**owner, limits={}).delete()
    await CustomerConfig.filter(**owner).update(preferences={}, updated_at=engine.now())


async def _payments_with_traces(customer: CustomerKey) -> list[str]:
    """Payments with an attempt that still has the UPI ID to save, or the origin of a card."""
    traces = (
        Q(attempts__payer__isnull=False)
        | Q(attempts__address_hash__isnull=False)
        | Q(attempts__bin_hash__isnull=False)
    )
    payments = Payment.filter(traces, **owned_by(customer)).distinct()
    return [str(payment_id) for payment_id in await payments.values_list("id", flat=True)]


def _exported_consent(engine: Engine, consent: Consent) -> ExportedConsent:
    sealed = consent.circumstances
    opened = orjson.loads(engine.sealer.open(sealed, consent.id)) if sealed else None
    return {
        "purpose": consent.purpose,
        "given": consent.given,
        "text_version": consent.text_version,
        "channel": consent.channel,
        "subject": consent.subject,
        "circumstances": opened,
        "at": format_time(consent.at),
    }


def _exported_vpa(engine: Engine, vpa: SavedVpa) -> SavedVpaOut:
    return {**vpa_document(vpa), "vpa": engine.sealer.open(vpa.sealed, vpa.id).decode()}


def _exported_payment(engine: Engine, payment: Payment) -> ExportedPayment:
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
