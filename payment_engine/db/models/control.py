"""What steers the engine while it runs: switches, breakers, what people did, what was refused."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Route(Model):
    """A gateway for a method, as people on call have set it; no row means enabled, weight 100."""

    id = fields.BigIntField(primary_key=True, generated=True)
    gateway = fields.CharField(max_length=32)
    method = fields.CharField(max_length=16)
    enabled = fields.BooleanField(db_default=True, default=True)
    weight = fields.SmallIntField(db_default=100, default=100)
    reason = fields.CharField(max_length=200, null=True)
    changed_by = fields.CharField(max_length=64, null=True)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "route"
        unique_together = (("gateway", "method"),)


class Breaker(Model):
    """Whether a gateway is trusted with a method; shared by every process (RTE-3)."""

    id = fields.BigIntField(primary_key=True, generated=True)
    gateway = fields.CharField(max_length=32)
    method = fields.CharField(max_length=16)
    state = fields.CharField(max_length=12)
    failures = fields.IntField(db_default=0, default=0)
    probe_at = fields.DatetimeField(null=True)
    """When one charge may try again."""
    changed_at = fields.DatetimeField()

    class Meta:
        table = "breaker"
        unique_together = (("gateway", "method"),)


class AdminAction(Model):
    """What a person on call did, why, and what came of it (OPS-5). Never changed."""

    id = fields.CharField(primary_key=True, max_length=24)
    merchant_id = fields.CharField(max_length=24)
    actor = fields.CharField(max_length=64)
    action = fields.CharField(max_length=40)
    subject = fields.CharField(max_length=64)
    payment_id = fields.CharField(max_length=24, null=True)
    reason = fields.CharField(max_length=200)
    dry_run = fields.BooleanField()
    request: Any = fields.JSONField()
    outcome: Any = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "admin_action"
        indexes = (("merchant_id", "at"), ("payment_id", "at"))


class Quarantined(Model):
    """A notice whose signature did not fit (WHK-5): sealed, to be read again after a key fix."""

    id = fields.CharField(primary_key=True, max_length=24)
    gateway = fields.CharField(max_length=32)
    sealed = fields.BinaryField()
    size = fields.IntField()
    received_at = fields.DatetimeField()
    verified_at = fields.DatetimeField(null=True)

    class Meta:
        table = "quarantined"
        indexes = (("gateway", "received_at"),)
