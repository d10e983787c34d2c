"""What customers save: cards as tokens, UPI IDs, linked wallets. Never a card number."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from payment_engine.db.fields import enum_column
from payment_engine.domain.cards import CardState
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.wallets import WalletState


def owned_by(customer: CustomerKey) -> dict[str, str]:
    """The columns that name a customer, for filters and new rows."""
    return {"merchant_id": customer.merchant_id, "customer_ref": customer.ref}


class SavedCard(Model):
    """One card as its owner sees it: the gateways store the card, we store their tokens.

    ``last4_source`` says whether the digits are the card's or the token's. ``fingerprint`` is a
    keyed hash of the gateway's fingerprint, by which the same card is recognised.
    """

    id = fields.CharField(primary_key=True, max_length=24)
    merchant_id = fields.CharField(max_length=24)
    customer_ref = fields.CharField(max_length=64)
    state = enum_column(CardState, 16)
    network = fields.CharField(max_length=16)
    kind = fields.CharField(max_length=12, null=True)
    """``credit``, ``debit`` or ``prepaid``."""
    issuer = fields.CharField(max_length=80, null=True)
    cvv_less = fields.BooleanField(null=True)
    """Whether its gateway takes it without the CVV; None if it does not say."""
    last4 = fields.CharField(max_length=4)
    last4_source = fields.CharField(max_length=8, db_default="card", default="card")
    fingerprint = fields.BinaryField(null=True)
    nickname = fields.CharField(max_length=40, null=True)
    source = fields.CharField(max_length=12, db_default="customer", default="customer")
    attempt_id = fields.CharField(max_length=24, null=True)
    """The paid attempt by which it was saved."""
    consent_id = fields.CharField(max_length=24, null=True)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "saved_card"
        indexes = (("merchant_id", "customer_ref"),)


class CardToken(Model):
    """One gateway's token for a card, encrypted; it is never used at another gateway."""

    id = fields.CharField(primary_key=True, max_length=24)
    card: fields.ForeignKeyRelation[SavedCard] = fields.ForeignKeyField(
        "engine.SavedCard", related_name="tokens", on_delete=fields.RESTRICT
    )
    card_id: str
    gateway = fields.CharField(max_length=32)
    state = enum_column(CardState, 16)
    sealed = fields.BinaryField(null=True)
    """The gateway's token; wiped once the gateway confirmed its deletion."""
    expires_at = fields.DatetimeField(null=True)
    """The token's own expiry, if the gateway names one; never the card's."""
    created_at = fields.DatetimeField()
    checked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "card_token"
        unique_together = (("card_id", "gateway"),)


class SavedVpa(Model):
    """A UPI ID saved with consent: encrypted, and recognised by a keyed hash."""

    id = fields.CharField(primary_key=True, max_length=24)
    merchant_id = fields.CharField(max_length=24)
    customer_ref = fields.CharField(max_length=64)
    sealed = fields.BinaryField()
    vpa_hash = fields.BinaryField()
    masked = fields.CharField(max_length=80)
    app = fields.CharField(max_length=24, null=True)
    """The UPI app that its handle suggests."""
    consent_id = fields.CharField(max_length=24)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "saved_vpa"
        unique_together = (("merchant_id", "customer_ref", "vpa_hash"),)


class LinkedWallet(Model):
    """A wallet linked by OTP or by consent at its provider; its tokens are encrypted.

    ``balance`` is in paise, as of ``balance_at``: it may have changed since.
    """

    id = fields.CharField(primary_key=True, max_length=24)
    merchant_id = fields.CharField(max_length=24)
    customer_ref = fields.CharField(max_length=64)
    gateway = fields.CharField(max_length=32)
    wallet = fields.CharField(max_length=32)
    state = enum_column(WalletState, 12)
    sealed = fields.BinaryField(null=True)
    """What the gateway needs to go on with a link, or to use it."""
    payment_id = fields.CharField(null=True, max_length=24)
    """The only payment that it pays, if its provider ties a link to one order."""
    token_expires_at = fields.DatetimeField(null=True)
    tries = fields.SmallIntField(db_default=0, default=0)
    balance = fields.BigIntField(null=True)
    balance_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    linked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "linked_wallet"
        indexes = (("merchant_id", "customer_ref"),)


class Consent(Model):
    """What a customer agreed to or withdrew, by version of the text shown. Never changed."""

    id = fields.CharField(primary_key=True, max_length=24)
    merchant_id = fields.CharField(max_length=24)
    customer_ref = fields.CharField(max_length=64)
    purpose = fields.CharField(max_length=24)
    """``save_card``, ``save_vpa``, ``link_wallet`` or ``refund_elsewhere``."""
    given = fields.BooleanField()
    text_version = fields.CharField(max_length=24)
    channel = fields.CharField(max_length=16)
    circumstances = fields.BinaryField(null=True)
    """IP and user agent, encrypted."""
    subject = fields.CharField(max_length=24, null=True)
    """The attempt or instrument it was about."""
    at = fields.DatetimeField()

    class Meta:
        table = "consent"
        indexes = (("merchant_id", "customer_ref", "at"),)


class CustomerConfig(Model):
    """A customer's preferences, and the limits that on-call staff set."""

    id = fields.BigIntField(primary_key=True, generated=True)
    merchant_id = fields.CharField(max_length=24)
    customer_ref = fields.CharField(max_length=64)
    preferences: Any = fields.JSONField()
    limits: Any = fields.JSONField()
    version = fields.IntField(db_default=1, default=1)
    usage_revision = fields.IntField(db_default=1, default=1)
    """Moves with every attempt that counts towards the limits: two are never counted as one."""
    updated_at = fields.DatetimeField()

    class Meta:
        table = "customer_config"
        unique_together = (("merchant_id", "customer_ref"),)


_TABLES: Mapping[str, type[SavedCard] | type[SavedVpa] | type[LinkedWallet]] = {
    "crd": SavedCard,
    "vpa": SavedVpa,
    "wal": LinkedWallet,
}


async def mark_used(tx: BaseDBAsyncClient, instrument_id: str, at: datetime) -> None:
    """Remember when an instrument last paid: lists show the last used first."""
    table = _TABLES[instrument_id.partition("_")[0]]
    await table.filter(id=instrument_id).using_db(tx).update(last_used_at=at)
