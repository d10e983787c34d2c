"""Route settings, breakers, actions of on-call staff, and webhooks that did not verify."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from payment_engine.db.fields import enum_column
from payment_engine.domain.routing import BreakerStatus


class Route(Model):
    """A gateway for a method, as on-call staff set it; no row means enabled, weight 100."""

    id = fields.BigIntField(primary_key=True, generated=True)
    gateway = fields.CharField(max_length=32)
    method = fields.CharField(max_length=16)
    enabled = fields.BooleanField(db_default=True, default=True)
    weight = fields.SmallIntField(db_default=100, default=100)
    reason = fields.CharField(max_length=200, null=True)
    changed_by = fields.CharField(max_length=64, null=True)
    changed_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    """Until when it is so; then it is as ``later_enabled`` and ``later_weight`` say."""
    later_enabled = fields.BooleanField(db_default=True, default=True)
    later_weight = fields.SmallIntField(db_default=100, default=100)

    class Meta:
        table = "route"
        unique_together = (("gateway", "method"),)


class ProviderWeight(Model):
    """The weight of a gateway for a method and one bank, UPI app, wallet or card network."""

    id = fields.BigIntField(primary_key=True, generated=True)
    gateway = fields.CharField(max_length=32)
    method = fields.CharField(max_length=16)
    provider = fields.CharField(max_length=32)
    weight = fields.SmallIntField()
    reason = fields.CharField(max_length=200)
    changed_by = fields.CharField(max_length=64, null=True)
    changed_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    """Until when it goes; then the provider is weighed as the route."""

    class Meta:
        table = "provider_weight"
        unique_together = (("gateway", "method", "provider"),)


class Banner(Model):
    """What customers are told above the ways to pay, for a time."""

    audience = fields.CharField(primary_key=True, max_length=64)
    """The merchant whose customers see it, or ``everyone``."""
    en = fields.CharField(max_length=200)
    hi = fields.CharField(max_length=200)
    reason = fields.CharField(max_length=200)
    changed_by = fields.CharField(max_length=64, null=True)
    changed_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "banner"


class ConfiguredGateway(Model):
    """A gateway that a process was started with, now or earlier."""

    name = fields.CharField(primary_key=True, max_length=32)

    class Meta:
        table = "configured_gateway"


class Breaker(Model):
    """Whether a gateway is trusted with a method; shared by every process."""

    id = fields.BigIntField(primary_key=True, generated=True)
    gateway = fields.CharField(max_length=32)
    method = fields.CharField(max_length=16)
    state = enum_column(BreakerStatus, 12)
    failures = fields.IntField(db_default=0, default=0)
    probe_at = fields.DatetimeField(null=True)
    """When one charge may probe it."""
    changed_at = fields.DatetimeField()

    class Meta:
        table = "breaker"
        unique_together = (("gateway", "method"),)


class Downtime(Model):
    """When a bank, UPI app or wallet was down; its only row without ``ended_at`` is of now."""

    id = fields.BigIntField(primary_key=True, generated=True)
    method = fields.CharField(max_length=16)
    provider = fields.CharField(max_length=32)
    since = fields.DatetimeField()
    probe_at = fields.DatetimeField()
    """From when on one attempt may probe it."""
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "downtime"


class AdminAction(Model):
    """What on-call staff did, why, and with which outcome; or which personal data they read.

    Never changed. The database chains the records of a merchant: ``number`` counts them, ``hash``
    is that of the content with ``previous``, the hash of the record before.
    """

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
    number = fields.BigIntField(null=True)
    previous = fields.BinaryField(null=True)
    hash = fields.BinaryField(null=True)
    reading = fields.BooleanField(db_default=False, default=False)

    class Meta:
        table = "admin_action"
        indexes = (("merchant_id", "at"), ("payment_id", "at"))


class AuditChain(Model):
    """Where a merchant's chain of audit records begins and ends. The database alone writes it.

    ``number`` and ``hash`` are those of its last record; ``oldest`` is the number of the first that
    retention has left, ``before`` the hash of the one before that.
    """

    merchant_id = fields.CharField(primary_key=True, max_length=24)
    number = fields.BigIntField()
    hash = fields.BinaryField()
    oldest = fields.BigIntField()
    before = fields.BinaryField()

    class Meta:
        table = "audit_chain"


class Quarantined(Model):
    """A webhook that did not verify or could not be understood: encrypted, to be read again once a
    key or our reading is corrected."""

    id = fields.CharField(primary_key=True, max_length=24)
    gateway = fields.CharField(max_length=32)
    sealed = fields.BinaryField()
    size = fields.IntField()
    received_at = fields.DatetimeField()
    fingerprint = fields.BinaryField(null=True)
    cause = fields.CharField(max_length=32, null=True)
    times = fields.IntField(db_default=1, default=1)
    last_received_at = fields.DatetimeField(null=True)
    verified_at = fields.DatetimeField(null=True)

    class Meta:
        table = "quarantined"
        indexes = (("gateway", "received_at"),)


class RateCount(Model):
    """How often something was done in a window of time, by anybody."""

    id = fields.CharField(primary_key=True, max_length=64)
    until = fields.DatetimeField(db_index=True)
    used = fields.IntField()

    class Meta:
        table = "rate_count"
