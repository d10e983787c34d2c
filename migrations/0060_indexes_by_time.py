"""Indexes by time end with the time: an id after it makes an index half as large again or more.

The lists are still in the order of time and id: those of one time, hardly ever more than one, are
sorted by their ids as they are read.
"""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index, drop_index

_SHORTER = (
    ("payment_listed", "payment (merchant_id, created_at)"),
    ("payment_to_erase", "payment (created_at) WHERE erased_at IS NULL"),
    ("attempt_listed", "attempt (created_at)"),
)
_BEFORE = (
    ("payment_by_time", "payment (merchant_id, created_at, id)"),
    ("payment_not_erased", "payment (created_at, id) WHERE erased_at IS NULL"),
    ("attempt_by_time", "attempt (created_at, id)"),
)


class Migration(QuickMigration):
    dependencies = [("engine", "0059_audit_list_by_time")]
    initial = False
    atomic = False

    operations = [
        *(each for name, where in _SHORTER for each in create_index(name, where)),
        *(each for name, where in _BEFORE for each in drop_index(name, where)),
    ]
