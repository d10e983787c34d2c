"""What an attempt looks like: what the checkout does next, or why it was declined."""

from typing import Annotated, Literal

import orjson
import segno
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from payment_engine.domain.declines import DECLINES, Money, Retry, decline
from payment_engine.domain.gateway import Platform, StoredAction
from payment_engine.domain.outcomes import Conflict
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus
from payment_engine.domain.upi import APPS, app_link
from payment_engine.engine import Engine
from payment_engine.services.documents.base import LocalizedOut, Time, document, format_time
from payment_engine.services.routing.offers import suggested_methods


@document
class AppLink(TypedDict):
    """A UPI link for one app. On Android it opens any app, unless it is opened with ``package``."""

    app: str
    label: str
    uri: str
    package: str | None


@document
class RedirectOut(TypedDict):
    """Open ``url`` in the browser, or send it ``fields`` as a form."""

    kind: Literal["redirect"]
    url: str
    method: Literal["GET", "POST"]
    fields: dict[str, str]
    expires_at: Time


@document
class UpiIntentOut(TypedDict):
    """Open ``uri`` or the link of one of the ``apps``."""

    kind: Literal["upi_intent"]
    uri: str
    apps: list[AppLink]
    payee_name: str | None
    expires_at: Time


@document
class UpiQrOut(TypedDict):
    """Show ``svg``, the QR code of ``uri``."""

    kind: Literal["upi_qr"]
    uri: str
    svg: str
    payee_name: str | None
    expires_at: Time


@document
class UpiCollectOut(TypedDict):
    """Ask the customer to approve in their UPI app."""

    kind: Literal["upi_collect"]
    payee_name: str | None
    expires_at: Time


NextActionOut = Annotated[
    RedirectOut | UpiIntentOut | UpiQrOut | UpiCollectOut, Field(discriminator="kind")
]
"""The one thing that the checkout does next."""


DeclineCode = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(DECLINES)})]


@document
class DeclineOut(TypedDict):
    """Why an attempt failed, as a sentence for the customer."""

    code: DeclineCode
    message_key: str
    message: str
    messages: LocalizedOut
    retry: Retry
    money: Money
    suggested_methods: list[Method]


@document
class AttemptOut(TypedDict):
    """One attempt to pay: one gateway, one method. ``rrn`` and ``arn`` are banks' numbers."""

    id: str
    status: AttemptStatus
    method: Method
    gateway: str
    created_at: Time
    next_action: NextActionOut | None
    decline: DeclineOut | None
    rrn: str | None
    arn: str | None
    conflict: Conflict | None
    review: str | None


def attempt_document(
    engine: Engine, snapshot: Snapshot, attempt: Attempt, *, actions: bool = True
) -> AttemptOut:
    """One attempt, with what to show next while it is live, or why it was declined."""
    code = _decline_code(attempt)
    return {
        "id": attempt.id,
        "status": attempt.status,
        "method": attempt.method,
        "gateway": attempt.gateway,
        "created_at": format_time(attempt.created_at),
        "next_action": _next_action(engine, attempt) if actions else None,
        "decline": _decline(engine, snapshot, attempt, code) if code else None,
        "rrn": attempt.rrn,
        "arn": attempt.arn,
        "conflict": Conflict(attempt.conflict) if attempt.conflict else None,
        "review": attempt.review,
    }


def _decline_code(attempt: Attempt) -> str | None:
    """Why the attempt cannot pay; None if it can. Money that arrived and is not used has gone back
    only as far as refunds cover it."""
    if attempt.conflict == Conflict.SENT_BACK:
        return "not_returned" if attempt.refundable > 0 else "returned"
    return attempt.decline_code or "other" if attempt.status is AttemptStatus.FAILED else None


def _decline(engine: Engine, snapshot: Snapshot, attempt: Attempt, own_code: str) -> DeclineOut:
    code, known = decline(own_code)
    again = known.retry in ("same", "wait")
    offered = suggested_methods(engine, snapshot, attempt.platform)
    return {
        "code": code,
        "message_key": f"decline.{code}",
        "message": known.text.en,
        "messages": {"en": known.text.en, "hi": known.text.hi},
        "retry": known.retry,
        "money": known.money,
        "suggested_methods": _suggestions(attempt.method, offered, again=again),
    }


def _suggestions(method: Method, offered: list[Method], *, again: bool) -> list[Method]:
    """The same method where it may be tried again and works now; otherwise the others."""
    if again and method in offered:
        return [method]
    return sorted(each for each in offered if each is not method)


def _next_action(engine: Engine, attempt: Attempt) -> NextActionOut | None:
    over = engine.now() >= attempt.expires_at
    if attempt.next_action is None or not attempt.live or over:
        return None
    stored: StoredAction = orjson.loads(engine.sealer.open(attempt.next_action, attempt.id))
    return _of_kind(stored, format_time(attempt.expires_at))


def _of_kind(stored: StoredAction, expires_at: str) -> NextActionOut:
    if stored["kind"] == "redirect":
        return {
            "kind": "redirect",
            "url": stored["url"] or "",
            "method": stored["method"],
            "fields": stored["fields"],
            "expires_at": expires_at,
        }
    payee, uri = stored["payee_name"], stored["uri"] or ""
    if stored["kind"] == "upi_intent":
        apps = _app_links(uri, _platform(stored))
        return {
            "kind": "upi_intent",
            "uri": uri,
            "apps": apps,
            "payee_name": payee,
            "expires_at": expires_at,
        }
    if stored["kind"] == "upi_qr":
        svg = segno.make(uri, micro=False).svg_inline(border=4, omitsize=True)
        return {
            "kind": "upi_qr",
            "uri": uri,
            "svg": svg,
            "payee_name": payee,
            "expires_at": expires_at,
        }
    return {"kind": "upi_collect", "payee_name": payee, "expires_at": expires_at}


def _platform(stored: StoredAction) -> Platform | None:
    platform = stored.get("platform")
    return Platform(platform) if platform else None


def _app_links(uri: str, platform: Platform | None) -> list[AppLink]:
    links = {name: app_link(uri, name, platform) for name in APPS}
    return [
        {"app": name, "label": APPS[name].label, "uri": link, "package": package}
        for name, (link, package) in links.items()
    ]
