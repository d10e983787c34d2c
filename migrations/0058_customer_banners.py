"""What people on call tell customers on the checkout, for a time."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class Migration(QuickMigration):
    dependencies = [("engine", "0057_unmatched_list")]
    initial = False

    operations = [
        ops.CreateModel(
            name="Banner",
            fields=[
                (
                    "audience",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64),
                ),
                ("en", fields.CharField(max_length=200)),
                ("hi", fields.CharField(max_length=200)),
                ("reason", fields.CharField(max_length=200)),
                ("changed_by", fields.CharField(null=True, max_length=64)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "banner",
                "app": "engine",
                "pk_attr": "audience",
                "table_description": "What customers are told above the ways to pay, for a time.",
            },
            bases=["Model"],
        ),
    ]
