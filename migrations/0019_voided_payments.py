"""A payment whose money was released is closed until the order service opens another one."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import change_check

_BEFORE = "'cancelled','expired'"
_CLOSED = f"'voided',{_BEFORE}"
_STATUS = "status IN ('open','pending','authorized','paid',{closed})"
_CLOSING = "closing IN ({closed})"
_ALIKE = "closing IS NOT DISTINCT FROM CASE WHEN status IN ({closed}) THEN status END"
_RULES = {
    "payment_status_known": _STATUS,
    "payment_closing_known": _CLOSING,
    "payment_status_as_closing": _ALIKE,
}


class Migration(QuickMigration):
    dependencies = [("engine", "0018_history_by_month")]
    initial = False
    atomic = False

    operations = [
        each
        for name, rule in _RULES.items()
        for each in change_check(
            "payment", name, rule.format(closed=_CLOSED), rule.format(closed=_BEFORE)
        )
    ]
