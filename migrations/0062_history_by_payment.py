"""The index of a payment's history has the payment alone: it is then stored once for all of them.

An id of its own in each entry made every one a whole; the few events are sorted as they are read.
"""

from payment_engine.db.migration import ForgetIndex, QuickMigration
from payment_engine.db.partitioned_indexes import CreateOnParts, DropWithParts


class Migration(QuickMigration):
    dependencies = [("engine", "0061_orders_by_hash")]
    initial = False
    atomic = False

    operations = [
        CreateOnParts("payment_event_of_payment", "payment_event", "payment_id", "of_payment"),
        DropWithParts(
            "idx_payment_eve_payment_690c69", "payment_event", "payment_id, id", "by_payment_and_id"
        ),
        ForgetIndex("PaymentEvent", fields=["payment_id", "id"]),
    ]
