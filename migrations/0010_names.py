"""Names in Python only: tables and columns stay as they are."""

from copy import deepcopy
from typing import Any

from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class RenameAttribute(ops.RenameField):
    """A field's name in Python changes, its column does not."""

    def state_forward(self, app_label: str, state: Any) -> None:
        fields = self.get_model_state(state, app_label, self.model_name).fields
        field = deepcopy(fields.pop(self.old_name))
        field.source_field = field.source_field or self.old_name
        fields[self.new_name] = field
        state.reload_model(app_label, self.model_name)


class Migration(QuickMigration):
    dependencies = [("engine", "0009_nothing_to_pay")]
    initial = False

    operations = [
        ops.RenameModel(old_name="InboxNotice", new_name="InboxWebhook"),
        RenameAttribute(model_name="Job", old_name="held_at", new_name="suspended_at"),
    ]
