"""Rates that all processes count together."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class Migration(QuickMigration):
    dependencies = [("engine", "0022_configured_gateways")]
    initial = False

    operations = [
        ops.CreateModel(
            name="RateCount",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("until", fields.DatetimeField(db_index=True)),
                ("used", fields.IntField()),
            ],
            options={
                "table": "rate_count",
                "app": "engine",
                "pk_attr": "id",
                "table_description": "How often something was done in a window of time, by anybody.",
            },
            bases=["Model"],
        ),
    ]
