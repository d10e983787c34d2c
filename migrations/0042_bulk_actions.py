"""Actions on many rows, which workers carry out a batch at a time."""

from orjson import loads
from tortoise import fields
from tortoise.fields.base import Field
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


def _text(length: int, *, null: bool = False) -> Field[str]:
    return fields.CharField(null=null, max_length=length)


class Migration(QuickMigration):
    dependencies = [("engine", "0041_rotated_secrets")]
    initial = False

    operations = [
        ops.CreateModel(
            name="BulkAction",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("merchant_id", _text(24)),
                ("actor", _text(64)),
                ("action", _text(40)),
                ("reason", _text(200)),
                ("query", fields.JSONField(encoder=None, decoder=loads)),
                ("state", _text(12)),
                ("cursor", _text(120, null=True)),
                ("total", fields.IntField()),
                ("done", fields.IntField(default=0, db_default=0)),
                ("changed", fields.IntField(default=0, db_default=0)),
                ("failed", fields.IntField(default=0, db_default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "finished_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "bulk_action",
                "app": "engine",
                "indexes": [Index(fields=["merchant_id", "created_at"])],
                "pk_attr": "id",
                "table_description": "One action on all rows that a query selects.",
            },
            bases=["Model"],
        ),
    ]
