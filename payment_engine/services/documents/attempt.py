"""What an attempt looks like: what the checkout does next, or why it was declined."""

from typing import Literal, NotRequired

import orjson
import segno
from typing_extensions import TypedDict

from payment_engine.domain.declines import Money, Retry, decline
from payment_engine.domain.gateway import Platform
from payment_engine.domain.outcomes import Conflict
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus
from payment_engine.domain.upi import APPS, app_link
from payment_engine.engine import Engine
from payment_engine.services.documents.base import LocalizedOut, document, format_time
from payment_engine.services.routing.offers import suggested_methods


@document
class AppLink(TypedDict):
    """A UPI link for one app. On Android it opens any app, unless it is opened with ``package``."""

    app: str
    label: str
    uri: str
    package: str | None


@document
class NextActionOut(TypedDict):
    """The one thing that the checkout does next.

    ``redirect``: open ``url``, by POST with ``fields`` as a form. ``upi_intent`` has ``apps``,
    ``upi_qr`` has ``svg``: the QR code of ``uri``.
    """

    kind: Literal["redirect", "upi_intent", "upi_qr", "upi_collect", "otp", "none"]
    url: str | None
    method: Literal["GET", "POST"]
    fields: dict[str, str]
    uri: str | None
    payee_name: str | None
    expires_at: str
    apps: NotRequired[list[AppLink]]
    svg: NotRequired[str]


@document
class DeclineOut(TypedDict):
    """Why an attempt failed, as a sentence for the customer."""

    code: str
    message_key: str
    message: str
    messages: LocalizedOut
    retry: Retry
    money: Money
    suggested_methods: list[str]


@document
class AttemptOut(TypedDict):
    """One attempt to pay: one gateway, one method. ``rrn`` and ``arn`` are banks' numbers."""

    id: str
    status: AttemptStatus
    method: str
    gateway: str
    created_at: str
    next_action: NextActionOut | None
    decline: DeclineOut | None
    rrn: str | None
    arn: str | None
    conflict: str | None
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
        "conflict": attempt.conflict,
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


def _suggestions(method: Method, offered: list[Method], *, again: bool) -> list[str]:
    """The same method where it may be tried again and works now; otherwise the others."""
    if again and method in offered:
        return [method.value]
    return sorted(each.value for each in offered if each is not method)


def _next_action(engine: Engine, attempt: Attempt) -> NextActionOut | None:
    over = engine.now() >= attempt.expires_at
    if attempt.next_action is None or not attempt.live or over:
        return None
    stored = orjson.loads(engine.sealer.open(attempt.next_action, attempt.id))
    platform = stored.pop("platform", None)
    action: NextActionOut = stored
    action["expires_at"] = format_time(attempt.expires_at)
    if (uri := action["uri"]) and action["kind"] == "upi_intent":
        action["apps"] = _app_links(uri, Platform(platform) if platform else None)
    if uri and action["kind"] == "upi_qr":
        action["svg"] = segno.make(uri, micro=False).svg_inline(border=4, omitsize=True)
    return action


def _app_links(uri: str, platform: Platform | None) -> list[AppLink]:
    links = {name: app_link(uri, name, platform) for name in APPS}
    return [
        {"app": name, "label": APPS[name].label, "uri": link, "package": package}
        for name, (link, package) in links.items()
    ]
