"""A gateway is weighed apart for one bank, UPI app, wallet or card network."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class Migration(QuickMigration):
    dependencies = [("engine", "0054_instruments_that_leave")]
    initial = False

    operations = [
        ops.CreateModel(
            name="ProviderWeight",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("method", fields.CharField(max_length=16)),
                ("provider", fields.CharField(max_length=32)),
                ("weight", fields.SmallIntField()),
                ("reason", fields.CharField(max_length=200)),
                ("changed_by", fields.CharField(null=True, max_length=64)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "expires_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "provider_weight",
                "app": "engine",
                "unique_together": (("gateway", "method", "provider"),),
                "pk_attr": "id",
                "table_description": "The weight of a gateway for a method and one bank, UPI app, "
                "wallet or card network.",
            },
            bases=["Model"],
        ),
    ]
