"""A key has a person and an end; who could change what all merchants share still can, if that is
nobody else's."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait

_ADDED = {
    "person": fields.CharField(null=True, max_length=64),
    "created_by": fields.CharField(null=True, max_length=64),
    "expires_at": fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
}
_GRANT = """
UPDATE api_key SET roles = roles || ' keys platform'
WHERE roles <> 'service' AND roles NOT LIKE '%platform%' AND (SELECT count(*) FROM merchant) = 1
"""
_TAKE_BACK = "UPDATE api_key SET roles = replace(roles, ' keys platform', '')"


class Migration(QuickMigration):
    dependencies = [("engine", "0036_ended_messages")]
    initial = False

    operations = [
        limit_wait(),
        *(ops.AddField(model_name="ApiKey", name=n, field=f) for n, f in _ADDED.items()),
        ops.RunSQL(_GRANT, _TAKE_BACK),
    ]
