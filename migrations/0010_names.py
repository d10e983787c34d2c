"""Names in Python only: tables and columns stay as they are."""

from copy import deepcopy
from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops


class RenameAttribute(ops.RenameField):
    """A field's name in Python changes, its column does not."""

    def state_forward(self, app_label: str, state: Any) -> None:
        fields = self.get_model_state(state, app_label, self.model_name).fields
        field = deepcopy(fields.pop(self.old_name))
        field.source_field = field.source_field or self.old_name
        fields[self.new_name] = field
        state.reload_model(app_label, self.model_name)


DESCRIPTIONS = {
    "AdminAction": "What somebody on call did, why, and with which outcome. Never changed.",
    "ApiKey": "A key, stored as a SHA-256 of its 160 random bits; ``roles`` are space-separated.",
    "Attempt": "One attempt to pay: one gateway, one method, one reference.",
    "Breaker": "Whether a gateway is trusted with a method; shared by every process.",
    "CardToken": "One gateway's token for a card, sealed; it is never used at another gateway.",
    "Consent": "What a customer agreed to or withdrew, by version of the text shown. Never changed.",
    "CustomerConfig": "A customer's preferences, and the limits that somebody on call set.",
    "IdempotencyKey": "One intention of one caller. ``response`` is sealed; it is missing while work goes on.",
    "InboxWebhook": "One webhook: headers and body, sealed byte for byte; one row per gateway and event id.",
    "Job": "One piece of work on one subject; deleted when done, suspended when it keeps failing.",
    "LinkedWallet": "A wallet linked by OTP or by consent at its provider; its tokens are sealed.",
    "Merchant": "A shop; ``notify_url`` is where its order service receives notifications.",
    "OutboxMessage": "One message; those of one payment are delivered in the order of ``sequence``.",
    "PaymentEvent": "One thing that happened to a payment, and from where we know. Never changed.",
    "Quarantined": "A webhook whose signature did not verify: sealed, to be read again once a key is fixed.",
    "Refund": "One refund of one captured attempt; ``automatic`` where the engine itself started it.",
    "Route": "A gateway for a method, as somebody on call set it; no row means enabled, weight 100.",
    "SavedCard": "One card as its owner sees it: the gateways store the card, we store their tokens.",
    "SavedVpa": "A UPI id saved with consent: sealed, and recognised by a keyed hash.",
}
"""Docstrings of models, which migrations compare; no statement depends on them."""


class DescribeModel(ops.AlterModelOptions):
    """Only the description changes, in no database."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, {"table_description": description})

    def state_forward(self, app_label: str, state: Any) -> None:
        self.get_model_state(state, app_label, self.name).options.update(self.options)
        state.reload_model(app_label, self.name)


class Migration(migrations.Migration):
    dependencies = [("engine", "0009_nothing_to_pay")]
    initial = False

    operations = [
        ops.RenameModel(old_name="InboxNotice", new_name="InboxWebhook"),
        RenameAttribute(model_name="Job", old_name="held_at", new_name="suspended_at"),
        *(DescribeModel(*each) for each in DESCRIPTIONS.items()),
    ]
