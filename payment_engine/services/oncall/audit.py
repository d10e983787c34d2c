"""What people on call did, why, and what came of it: written with every action (OPS-5)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from payment_engine.db.connection import Connection
from payment_engine.db.models import AdminAction
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import EngineError
from payment_engine.domain.ids import new_id
from payment_engine.domain.requests.admin import ActIn
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionList, ActionOut, action_document

Outcome = dict[str, Any]

_LONGEST_SUBJECT = 64

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class ActionRequest:
    """One action on one thing, as it was asked for."""

    action: str
    subject: str
    asked: ActIn
    payment_id: str | None = None


async def act(
    engine: Engine,
    caller: Caller,
    deed: ActionRequest,
    preview: Outcome,
    work: Callable[[], Awaitable[Outcome]],
) -> ActionOut:
    """Do it, or in a dry run only say what would be done; either way it is written down.

    What is refused is written down too, then raised.
    """
    if deed.asked.dry_run:
        return await _told(engine, caller, deed, preview)
    try:
        outcome = await work()
    except EngineError as refused:
        await _told(engine, caller, deed, {"refused": refused.code})
        raise
    return await _told(engine, caller, deed, outcome)


async def record(
    engine: Engine,
    caller: Caller,
    deed: ActionRequest,
    outcome: Outcome,
    tx: Connection | None = None,
) -> AdminAction:
    """Write one action down; it is never changed afterwards."""
    now = engine.now()
    _log.info("admin_action", action=deed.action, subject=deed.subject, dry_run=deed.asked.dry_run)
    return await AdminAction.create(
        id=new_id("adm", int(now.timestamp() * 1000)),
        merchant_id=caller.merchant_id,
        actor=caller.actor or "unknown",
        action=deed.action,
        subject=deed.subject[:_LONGEST_SUBJECT],
        payment_id=deed.payment_id,
        reason=deed.asked.reason,
        dry_run=deed.asked.dry_run,
        request=deed.asked.model_dump(mode="json", exclude={"reason", "dry_run"}),
        outcome=outcome,
        at=now,
        using_db=tx or engine.db.connection,
    )


async def actions(
    caller: Caller, *, limit: int, before: str | None = None, **equal: str | None
) -> ActionList:
    """People's actions at this merchant, newest first; ``next`` goes on where this ends."""
    chosen = {name: value for name, value in equal.items() if value is not None}
    rows = AdminAction.filter(merchant_id=caller.merchant_id, **chosen)
    if before:
        rows = rows.filter(id__lt=before)
    found = await rows.order_by("-id").limit(limit + 1)
    return {
        "actions": [action_document(row) for row in found[:limit]],
        "next": found[limit - 1].id if len(found) > limit else None,
    }


async def _told(engine: Engine, caller: Caller, deed: ActionRequest, outcome: Outcome) -> ActionOut:
    return action_document(await record(engine, caller, deed, outcome))
