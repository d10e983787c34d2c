"""Kinds of jobs that people on call have paused."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class Migration(QuickMigration):
    dependencies = [("engine", "0048_one_downtime")]
    initial = False

    operations = [
        ops.CreateModel(
            name="PausedJobKind",
            fields=[
                (
                    "kind",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("until", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(max_length=200)),
                ("changed_by", fields.CharField(null=True, max_length=64)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "paused_job_kind",
                "app": "engine",
                "pk_attr": "kind",
                "table_description": "A kind of jobs that workers leave alone until a time.",
            },
            bases=["Model"],
        ),
    ]
