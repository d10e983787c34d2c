"""An order may have nothing left to pay: then it is paid as it is opened."""

from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration

_MAX = 1_000_000_000_00


def _add(name: str, rule: str) -> str:
    return f"ALTER TABLE payment ADD CONSTRAINT {name} CHECK ({rule})"


def _drop(name: str) -> str:
    return f"ALTER TABLE payment DROP CONSTRAINT {name}"


_RANGE, _FREE = "payment_amount_range", "payment_nothing_to_pay_is_paid"


class Migration(QuickMigration):
    dependencies = [("engine", "0008_links_and_returns")]
    initial = False

    operations = [
        ops.RunSQL(_drop(_RANGE), _add(_RANGE, f"amount BETWEEN 100 AND {_MAX}")),
        ops.RunSQL(_add(_RANGE, f"amount = 0 OR amount BETWEEN 100 AND {_MAX}"), _drop(_RANGE)),
        ops.RunSQL(_add(_FREE, "amount > 0 OR status = 'paid'"), _drop(_FREE)),
    ]
