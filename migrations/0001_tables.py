from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class Migration(QuickMigration):
    initial = True

    operations = [
        ops.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("merchant_id", fields.CharField(max_length=24)),
                ("key", fields.CharField(max_length=300)),
                ("fingerprint", fields.BinaryField()),
                ("resource_id", fields.CharField(max_length=24)),
                ("status_code", fields.SmallIntField(null=True)),
                ("response", fields.BinaryField(null=True)),
                (
                    "created_at",
                    fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "idempotency_key",
                "app": "engine",
                "unique_together": (("merchant_id", "key"),),
                "pk_attr": "id",
                "table_description": "One intention of one caller. ``response`` is sealed; until it is there, work goes on.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InboxNotice",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("event_id", fields.CharField(max_length=128)),
                ("kind", fields.CharField(max_length=64)),
                ("sealed", fields.BinaryField()),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("handled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "inbox_notice",
                "app": "engine",
                "unique_together": (("gateway", "event_id"),),
                "pk_attr": "id",
                "table_description": "One webhook: headers and body sealed as they came, one row per gateway and event id.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("kind", fields.CharField(max_length=24)),
                ("subject", fields.CharField(max_length=24)),
                ("run_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0, db_default=0)),
                (
                    "lease_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("held_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_error", fields.CharField(null=True, max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "job",
                "app": "engine",
                "unique_together": (("kind", "subject"),),
                "pk_attr": "id",
                "table_description": "One piece of work on one subject; gone when done, held when it keeps failing.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Merchant",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("name", fields.CharField(unique=True, max_length=120)),
                ("notify_url", fields.TextField(null=True, unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "merchant",
                "app": "engine",
                "pk_attr": "id",
                "table_description": "A shop; ``notify_url`` is where its order service hears outcomes.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                (
                    "merchant",
                    fields.ForeignKeyField(
                        "engine.Merchant",
                        source_field="merchant_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="keys",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("key_hash", fields.CharField(unique=True, max_length=64)),
                ("roles", fields.CharField(max_length=120)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "api_key",
                "app": "engine",
                "pk_attr": "id",
                "table_description": "A key, kept as a SHA-256 of its 160 random bits; ``roles`` are space-separated.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OutboxMessage",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("merchant_id", fields.CharField(max_length=24)),
                ("payment_id", fields.CharField(max_length=24)),
                ("sequence", fields.IntField()),
                ("type", fields.CharField(max_length=40)),
                ("body", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("state", fields.CharField(default="ready", db_default="ready", max_length=12)),
                ("attempts", fields.IntField(default=0, db_default=0)),
                ("run_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "lease_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("last_error", fields.CharField(null=True, max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "delivered_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "outbox_message",
                "app": "engine",
                "unique_together": (("payment_id", "sequence"),),
                "pk_attr": "id",
                "table_description": "One message; those of one payment leave in ``sequence``.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                (
                    "merchant",
                    fields.ForeignKeyField(
                        "engine.Merchant",
                        source_field="merchant_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="payments",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("order_id", fields.CharField(max_length=64)),
                ("status", fields.CharField(max_length=16)),
                ("amount", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("amount_authorized", fields.BigIntField(default=0, db_default=0)),
                ("amount_captured", fields.BigIntField(default=0, db_default=0)),
                ("amount_refunded", fields.BigIntField(default=0, db_default=0)),
                ("breakdown", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("metadata", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("customer_ref", fields.CharField(max_length=64)),
                ("customer", fields.BinaryField()),
                ("return_url", fields.TextField(unique=False)),
                ("capture", fields.CharField(max_length=12)),
                ("closing", fields.CharField(null=True, max_length=12)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1, db_default=1)),
                ("sequence", fields.IntField(default=0, db_default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payment",
                "app": "engine",
                "pk_attr": "id",
                "table_description": "Our promise to collect one amount for one order.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                (
                    "payment",
                    fields.ForeignKeyField(
                        "engine.Payment",
                        source_field="payment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="attempts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.SmallIntField()),
                ("ref", fields.CharField(unique=True, max_length=20)),
                ("gateway", fields.CharField(max_length=32)),
                ("method", fields.CharField(max_length=16)),
                ("status", fields.CharField(max_length=16)),
                ("live", fields.BooleanField(default=True, db_default=True)),
                ("elected", fields.BooleanField(default=False, db_default=False)),
                ("amount", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("amount_authorized", fields.BigIntField(default=0, db_default=0)),
                ("amount_captured", fields.BigIntField(default=0, db_default=0)),
                ("amount_refund_reserved", fields.BigIntField(default=0, db_default=0)),
                ("amount_refunded", fields.BigIntField(default=0, db_default=0)),
                ("next_action", fields.BinaryField(null=True)),
                ("gateway_status", fields.CharField(null=True, max_length=64)),
                ("gateway_payment_id", fields.CharField(null=True, max_length=128)),
                ("rrn", fields.CharField(null=True, max_length=64)),
                ("decline_code", fields.CharField(null=True, max_length=48)),
                ("gateway_code", fields.CharField(null=True, max_length=128)),
                ("gateway_message", fields.TextField(null=True, unique=False)),
                ("conflict", fields.CharField(null=True, max_length=24)),
                ("review", fields.CharField(null=True, max_length=120)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "attempt",
                "app": "engine",
                "unique_together": (("payment_id", "number"),),
                "pk_attr": "id",
                "table_description": "One try at paying: one gateway, one method, one reference.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PaymentEvent",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "payment",
                    fields.ForeignKeyField(
                        "engine.Payment",
                        source_field="payment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="events",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("version", fields.IntField()),
                ("attempt_id", fields.CharField(null=True, max_length=24)),
                ("refund_id", fields.CharField(null=True, max_length=24)),
                ("type", fields.CharField(max_length=40)),
                ("source", fields.CharField(max_length=24)),
                ("data", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payment_event",
                "app": "engine",
                "indexes": [Index(fields=["payment_id", "id"])],
                "pk_attr": "id",
                "table_description": "One thing that happened to a payment and which source told us. Never changed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                (
                    "payment",
                    fields.ForeignKeyField(
                        "engine.Payment",
                        source_field="payment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="refunds",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "attempt",
                    fields.ForeignKeyField(
                        "engine.Attempt",
                        source_field="attempt_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="refunds",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("ref", fields.CharField(unique=True, max_length=20)),
                ("amount", fields.BigIntField()),
                ("status", fields.CharField(max_length=16)),
                ("reason", fields.CharField(max_length=64)),
                ("lines", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("automatic", fields.BooleanField(default=False, db_default=False)),
                ("gateway_status", fields.CharField(null=True, max_length=64)),
                ("gateway_refund_id", fields.CharField(null=True, max_length=128)),
                ("gateway_code", fields.CharField(null=True, max_length=128)),
                ("arn", fields.CharField(null=True, max_length=64)),
                ("rrn", fields.CharField(null=True, max_length=64)),
                ("review", fields.CharField(null=True, max_length=120)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("settled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "refund",
                "app": "engine",
                "indexes": [Index(fields=["payment_id"])],
                "pk_attr": "id",
                "table_description": "One refund of one captured attempt; ``automatic`` where a rule of ours asked for it.",
            },
            bases=["Model"],
        ),
    ]
