"""Charges and refunds that a gateway tells of and that we do not know are stored."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0045_embed_origins")]
    initial = False

    operations = [
        limit_wait(),
        ops.CreateModel(
            name="UnmatchedReport",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("kind", fields.CharField(max_length=8)),
                ("reference", fields.CharField(max_length=64)),
                ("charge_reference", fields.CharField(null=True, max_length=64)),
                ("gateway_payment_id", fields.CharField(null=True, max_length=64)),
                ("amount", fields.BigIntField(null=True)),
                ("currency", fields.CharField(null=True, max_length=3)),
                ("status", fields.CharField(max_length=16)),
                ("gateway_status", fields.CharField(max_length=64)),
                ("times", fields.IntField(db_default=1, default=1)),
                ("first_reported_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_reported_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("payment_id", fields.CharField(null=True, max_length=24)),
                ("matched_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "unmatched_report",
                "app": "engine",
                "unique_together": (("gateway", "kind", "reference"),),
                "pk_attr": "id",
                "table_description": "What a gateway reported of a charge or refund not of ours.",
            },
            bases=["Model"],
        ),
    ]
