"""Webhooks of gateways, stored before they are acknowledged."""

from tortoise import fields
from tortoise.models import Model


class InboxWebhook(Model):
    """One webhook: headers and body, encrypted byte for byte; one row per gateway and event id."""

    id = fields.CharField(primary_key=True, max_length=24)
    gateway = fields.CharField(max_length=32)
    event_id = fields.CharField(max_length=128)
    kind = fields.CharField(max_length=64)
    sealed = fields.BinaryField()
    received_at = fields.DatetimeField()
    handled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "inbox_notice"
        unique_together = (("gateway", "event_id"),)
