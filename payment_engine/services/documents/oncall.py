"""What on-call staff see: search results, timelines, worklists, actions, routes."""

from typing import Any, Literal

from typing_extensions import TypedDict

from payment_engine.db import search
from payment_engine.db.models import AdminAction
from payment_engine.domain.customer import masked_ref
from payment_engine.domain.money import Paise, display
from payment_engine.domain.routing import BreakerStatus
from payment_engine.gateways.health import Verdict
from payment_engine.services.documents.base import LocalizedOut, Time, document, format_time

LIMIT_CUSTOMER = "customer.limit"
"""The action whose subject is a shop's reference for a customer."""


@document
class FoundPayment(TypedDict):
    """A payment that a search found; ``amount`` in paise."""

    id: str
    order_id: str
    status: str
    amount: int
    amount_display: str
    created_at: Time


@document
class SearchOut(TypedDict):
    """What a search found, newest first."""

    payments: list[FoundPayment]


@document
class StaffOut(TypedDict):
    """Who calls: the person, their merchant, and what they may do."""

    actor: str
    merchant: str
    roles: list[str]


@document
class ActionOut(TypedDict):
    """What was done, why, and its outcome; in a dry run, what would have been done.

    ``number`` and ``hash``: its number in the log of the merchant, and the SHA-256 of its content
    and of the record before.
    """

    id: str
    number: int | None
    hash: str | None
    at: Time
    actor: str
    action: str
    subject: str
    payment_id: str | None
    reason: str
    dry_run: bool
    request: dict[str, Any]
    outcome: dict[str, Any]


@document
class ActionPage(TypedDict):
    """Actions; ``next`` is the ``after`` of the next page."""

    items: list[ActionOut]
    next: str | None


Audience = Literal["everyone", "own"]
"""Whose customers see a banner: every merchant's, or those of the caller's."""


@document
class BannerOut(TypedDict):
    """What customers are told above the ways to pay; ``text`` null: nothing now."""

    audience: Audience
    text: LocalizedOut | None
    reason: str | None
    changed_by: str | None
    changed_at: Time | None
    expires_at: Time | None


@document
class BannerList(TypedDict):
    """The banner of everyone, and the merchant's own."""

    banners: list[BannerOut]


@document
class ProviderWeightOut(TypedDict):
    """A weight of the route for one ``provider``: a bank, UPI app, wallet or card network."""

    provider: str
    weight: int
    reason: str
    changed_by: str | None
    changed_at: Time | None
    expires_at: Time | None


@document
class RouteOut(TypedDict):
    """A gateway for a method. ``health`` is as this process sees it; all share ``breaker``.

    ``expires_at``: until when it was last set to be so; after it, it is as before.
    """

    gateway: str
    method: str
    enabled: bool
    weight: int
    health: Verdict
    breaker: BreakerStatus
    probe_at: Time | None
    reason: str | None
    changed_by: str | None
    changed_at: Time | None
    expires_at: Time | None
    provider_weights: list[ProviderWeightOut]


@document
class RouteList(TypedDict):
    """Every configured gateway by every method that it takes."""

    routes: list[RouteOut]


@document
class JobKindOut(TypedDict):
    """A kind of jobs; ``paused_until``: until when workers leave it alone, null if they do not."""

    kind: str
    paused_until: Time | None
    reason: str | None
    changed_by: str | None


@document
class JobKindList(TypedDict):
    """Every kind of jobs."""

    kinds: list[JobKindOut]


def found_document(payment: search.FoundPayment) -> FoundPayment:
    """A payment as search results show it."""
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        "amount": payment.amount,
        "amount_display": display(Paise(payment.amount)),
        "created_at": format_time(payment.created_at),
    }


def action_document(row: AdminAction) -> ActionOut:
    """One action with its outcome."""
    return {
        "id": row.id,
        "number": row.number,
        "hash": row.hash.hex() if row.hash else None,
        "at": format_time(row.at),
        "actor": row.actor,
        "action": row.action,
        "subject": masked_ref(row.subject) if row.action == LIMIT_CUSTOMER else row.subject,
        "payment_id": row.payment_id,
        "reason": row.reason,
        "dry_run": row.dry_run,
        "request": row.request,
        "outcome": row.outcome,
    }
