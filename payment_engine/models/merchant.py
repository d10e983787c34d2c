"""Who we collect for, and the keys that speak for them."""

from tortoise import fields
from tortoise.models import Model


class Merchant(Model):
    """A shop; ``notify_url`` is where its order service hears outcomes."""

    id = fields.CharField(primary_key=True, max_length=24)
    name = fields.CharField(max_length=120, unique=True)
    notify_url = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "merchant"


class ApiKey(Model):
    """A key, kept as a SHA-256 of its 160 random bits; ``roles`` are space-separated."""

    id = fields.CharField(primary_key=True, max_length=24)
    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField(
        "engine.Merchant", related_name="keys", on_delete=fields.RESTRICT
    )
    merchant_id: str
    key_hash = fields.CharField(max_length=64, unique=True)
    roles = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"
