"""Pages of payments and attempts are filled to nine tenths; they were to four fifths.

What a change leaves behind is removed as soon as its page is nearly full, so a tenth is room enough:
changes of payments still stay beside them, but for a few in a thousand.
"""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import leave_room


class Migration(QuickMigration):
    dependencies = [("engine", "0062_history_by_payment")]
    initial = False
    atomic = False

    operations = [
        *leave_room("payment", 90, before=80),
        *leave_room("attempt", 90, before=80),
    ]
