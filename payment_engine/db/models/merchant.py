"""Merchants and their API keys."""

from tortoise import fields
from tortoise.models import Model


class Merchant(Model):
    """A shop; ``notify_url`` is where its order service receives notifications.

    ``mcc`` is its merchant category code and ``upi_verified`` says whether NPCI lets it take more
    by UPI: UPI's rules depend on them (domain/upi_policy.py). ``logo`` (a data address), ``colour``
    and the support contact are what its checkout shows beside the name. ``embed_origins``: the
    origins of its pages that may show the checkout in themselves, separated by spaces.

    ``notify_sealed`` is the secret that signs its messages; the former one signs them as well,
    until its time is over.
    """

    id = fields.CharField(primary_key=True, max_length=24)
    name = fields.CharField(max_length=120, unique=True)
    notify_url = fields.TextField(null=True)
    mcc = fields.CharField(max_length=4, db_default="5912", default="5912")
    upi_verified = fields.BooleanField(db_default=False, default=False)
    logo = fields.TextField(null=True)
    colour = fields.CharField(max_length=7, null=True)
    support_email = fields.CharField(max_length=254, null=True)
    support_phone = fields.CharField(max_length=20, null=True)
    support_url = fields.TextField(null=True)
    notify_sealed = fields.BinaryField(null=True)
    former_notify_sealed = fields.BinaryField(null=True)
    former_notify_until = fields.DatetimeField(null=True)
    embed_origins = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "merchant"


class ApiKey(Model):
    """A key, stored as a SHA-256 of its 160 random bits; ``roles`` are space-separated.

    ``person``: whose it is, for one of a person; ``created_by``: who issued it, by the same name.
    """

    id = fields.CharField(primary_key=True, max_length=24)
    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField(
        "engine.Merchant", related_name="keys", on_delete=fields.RESTRICT
    )
    merchant_id: str
    key_hash = fields.CharField(max_length=64, unique=True)
    roles = fields.CharField(max_length=120)
    person = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()
    created_by = fields.CharField(max_length=64, null=True)
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"
