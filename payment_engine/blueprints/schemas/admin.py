"""What answers to people on call look like."""

from typing import Any, Literal

from payment_engine.blueprints.schemas.payments import Out

Verdict = Literal["up", "fluctuating", "down"]


class StuckOut(Out):
    """An attempt in a list; ``amount`` in paise, ``age_seconds`` since it began."""

    id: str
    payment_id: str
    order_id: str
    gateway: str
    method: str
    status: Literal["created", "pending", "authorized", "captured", "failed", "voided"]
    amount: int
    amount_display: str
    gateway_status: str | None
    gateway_payment_id: str | None
    review: str | None
    conflict: str | None
    created_at: str
    confirm_by: str
    """The end of T+5 in India, until which rules allow it to be without a verdict."""
    age_seconds: int


class StuckList(Out):
    """Attempts, the oldest first; ``next`` is the ``after`` of the next page."""

    attempts: list[StuckOut]
    next: str | None


class ActionOut(Out):
    """What a person did, why, and what came of it; in a dry run, what would have."""

    id: str
    at: str
    actor: str
    action: str
    subject: str
    payment_id: str | None
    reason: str
    dry_run: bool
    request: dict[str, Any]
    outcome: dict[str, Any]


class ActionList(Out):
    """Actions, newest first; ``next`` is the ``before`` of the next page."""

    actions: list[ActionOut]
    next: str | None


class QuarantinedOut(Out):
    """A notice that did not verify; ``size`` in bytes."""

    id: str
    gateway: str
    size: int
    received_at: str
    verified_at: str | None


class QuarantineList(Out):
    """Refused notices, newest first; ``next`` is the ``before`` of the next page."""

    quarantined: list[QuarantinedOut]
    next: str | None


class RouteOut(Out):
    """A gateway for a method; its breaker is shared, its health is as this process saw it."""

    gateway: str
    method: str
    enabled: bool
    weight: int
    health: Verdict
    breaker: Literal["closed", "open", "half_open"]
    probe_at: str | None
    reason: str | None
    changed_by: str | None
    changed_at: str | None


class RouteList(Out):
    """Every gateway by every method that it takes."""

    routes: list[RouteOut]
