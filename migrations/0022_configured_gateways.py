"""Which gateways were ever configured: one of them may be needed when it is no longer."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0021_quarantined_once")]
    initial = False

    operations = [
        limit_wait(),
        ops.CreateModel(
            name="ConfiguredGateway",
            fields=[
                (
                    "name",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32),
                ),
            ],
            options={
                "table": "configured_gateway",
                "app": "engine",
                "pk_attr": "name",
                "table_description": ("A gateway that a process was started with, now or earlier."),
            },
            bases=["Model"],
        ),
        ops.RunSQL(
            "INSERT INTO configured_gateway (name) SELECT DISTINCT gateway FROM attempt",
            ops.RunSQL.noop,
        ),
    ]
