"""A route is switched or weighed for a time, and is then as it was before."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait

_ADDED = {
    "expires_at": fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
    "later_enabled": fields.BooleanField(default=True, db_default=True),
    "later_weight": fields.SmallIntField(default=100, db_default=100),
}


class Migration(QuickMigration):
    dependencies = [("engine", "0042_bulk_actions")]
    initial = False

    operations = [
        limit_wait(),
        *(ops.AddField(model_name="Route", name=n, field=f) for n, f in _ADDED.items()),
    ]
