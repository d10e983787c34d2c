from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class Migration(QuickMigration):
    dependencies = [("engine", "0003_search")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AdminAction",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("merchant_id", fields.CharField(max_length=24)),
                ("actor", fields.CharField(max_length=64)),
                ("action", fields.CharField(max_length=40)),
                ("subject", fields.CharField(max_length=64)),
                ("payment_id", fields.CharField(null=True, max_length=24)),
                ("reason", fields.CharField(max_length=200)),
                ("dry_run", fields.BooleanField()),
                ("request", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("outcome", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "admin_action",
                "app": "engine",
                "indexes": [
                    Index(fields=["merchant_id", "at"]),
                    Index(fields=["payment_id", "at"]),
                ],
                "pk_attr": "id",
                "table_description": "What a person on call did, why, and what came of it. Never changed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Breaker",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("method", fields.CharField(max_length=16)),
                ("state", fields.CharField(max_length=12)),
                ("failures", fields.IntField(default=0, db_default=0)),
                ("probe_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "breaker",
                "app": "engine",
                "unique_together": (("gateway", "method"),),
                "pk_attr": "id",
                "table_description": "Whether a gateway is trusted with a method; shared by every process.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("merchant_id", fields.CharField(max_length=24)),
                ("customer_ref", fields.CharField(max_length=64)),
                ("purpose", fields.CharField(max_length=24)),
                ("given", fields.BooleanField()),
                ("text_version", fields.CharField(max_length=24)),
                ("channel", fields.CharField(max_length=16)),
                ("circumstances", fields.BinaryField(null=True)),
                ("subject", fields.CharField(null=True, max_length=24)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "consent",
                "app": "engine",
                "indexes": [Index(fields=["merchant_id", "customer_ref", "at"])],
                "pk_attr": "id",
                "table_description": "What a customer agreed to or took back, word by version. Never changed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CustomerConfig",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("merchant_id", fields.CharField(max_length=24)),
                ("customer_ref", fields.CharField(max_length=64)),
                ("preferences", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("limits", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("version", fields.IntField(default=1, db_default=1)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "customer_config",
                "app": "engine",
                "unique_together": (("merchant_id", "customer_ref"),),
                "pk_attr": "id",
                "table_description": "How a customer likes to pay, and the limits that people on call set (user config).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LinkedWallet",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("merchant_id", fields.CharField(max_length=24)),
                ("customer_ref", fields.CharField(max_length=64)),
                ("gateway", fields.CharField(max_length=32)),
                ("wallet", fields.CharField(max_length=32)),
                ("state", fields.CharField(max_length=12)),
                ("sealed", fields.BinaryField(null=True)),
                (
                    "token_expires_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("tries", fields.SmallIntField(default=0, db_default=0)),
                ("balance", fields.BigIntField(null=True)),
                ("balance_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("linked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "last_used_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "linked_wallet",
                "app": "engine",
                "indexes": [Index(fields=["merchant_id", "customer_ref"])],
                "pk_attr": "id",
                "table_description": "A wallet linked by OTP or by consent at its provider; its tokens are sealed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Quarantined",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("sealed", fields.BinaryField()),
                ("size", fields.IntField()),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "verified_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "quarantined",
                "app": "engine",
                "indexes": [Index(fields=["gateway", "received_at"])],
                "pk_attr": "id",
                "table_description": "A notice whose signature did not fit: sealed, to be read again after a key fix.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Route",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("method", fields.CharField(max_length=16)),
                ("enabled", fields.BooleanField(default=True, db_default=True)),
                ("weight", fields.SmallIntField(default=100, db_default=100)),
                ("reason", fields.CharField(null=True, max_length=200)),
                ("changed_by", fields.CharField(null=True, max_length=64)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "route",
                "app": "engine",
                "unique_together": (("gateway", "method"),),
                "pk_attr": "id",
                "table_description": "A gateway for a method, as people on call have set it; no row means enabled, weight 100.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SavedCard",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("merchant_id", fields.CharField(max_length=24)),
                ("customer_ref", fields.CharField(max_length=64)),
                ("state", fields.CharField(max_length=16)),
                ("network", fields.CharField(max_length=16)),
                ("kind", fields.CharField(null=True, max_length=12)),
                ("issuer", fields.CharField(null=True, max_length=80)),
                ("last4", fields.CharField(max_length=4)),
                ("last4_source", fields.CharField(default="card", db_default="card", max_length=8)),
                ("fingerprint", fields.BinaryField(null=True)),
                ("nickname", fields.CharField(null=True, max_length=40)),
                (
                    "source",
                    fields.CharField(default="customer", db_default="customer", max_length=12),
                ),
                ("attempt_id", fields.CharField(null=True, max_length=24)),
                ("consent_id", fields.CharField(null=True, max_length=24)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "last_used_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "saved_card",
                "app": "engine",
                "indexes": [Index(fields=["merchant_id", "customer_ref"])],
                "pk_attr": "id",
                "table_description": "One card as its owner sees it: gateways hold it, we hold their tokens.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CardToken",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                (
                    "card",
                    fields.ForeignKeyField(
                        "engine.SavedCard",
                        source_field="card_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="tokens",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("state", fields.CharField(max_length=16)),
                ("sealed", fields.BinaryField(null=True)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("checked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "card_token",
                "app": "engine",
                "unique_together": (("card_id", "gateway"),),
                "pk_attr": "id",
                "table_description": "One gateway's token for a card, sealed; it is never used at another gateway.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SavedVpa",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("merchant_id", fields.CharField(max_length=24)),
                ("customer_ref", fields.CharField(max_length=64)),
                ("sealed", fields.BinaryField()),
                ("vpa_hash", fields.BinaryField()),
                ("masked", fields.CharField(max_length=80)),
                ("app", fields.CharField(null=True, max_length=24)),
                ("consent_id", fields.CharField(max_length=24)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "last_used_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "saved_vpa",
                "app": "engine",
                "unique_together": (("merchant_id", "customer_ref", "vpa_hash"),),
                "pk_attr": "id",
                "table_description": "A UPI id kept with consent: sealed, and known again by a keyed hash.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Attempt",
            name="instrument_id",
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AddField(
            model_name="Attempt",
            name="payer_hash",
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name="Payment",
            name="phone_hash",
            field=fields.BinaryField(null=True),
        ),
    ]
