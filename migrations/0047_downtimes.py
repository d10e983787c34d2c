"""When a bank, UPI app or wallet was down."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0046_unmatched_reports")]
    initial = False

    operations = [
        limit_wait(),
        ops.CreateModel(
            name="Downtime",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("method", fields.CharField(max_length=16)),
                ("provider", fields.CharField(max_length=32)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("probe_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "downtime",
                "app": "engine",
                "pk_attr": "id",
                "table_description": "When a bank, UPI app or wallet was down.",
            },
            bases=["Model"],
        ),
    ]
