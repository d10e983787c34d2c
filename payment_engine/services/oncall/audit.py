"""The audit log: every action of on-call staff, with who, why, and its outcome."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from payment_engine.db.connection import Connection
from payment_engine.db.models import AdminAction
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import EngineError
from payment_engine.domain.requests.admin import ActIn, ActionsQuery
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionList, ActionOut, action_document

Outcome = Mapping[str, object]
"""What an action did, or would do; written to the log as JSON."""

_MAX_SUBJECT = 64

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class ActionRequest:
    """An action that an on-call engineer requested: what to do, to which thing, and why."""

    action: str
    subject: str
    request: ActIn
    payment_id: str | None = None


async def perform(
    engine: Engine,
    caller: Caller,
    action: ActionRequest,
    preview: Outcome,
    work: Callable[[], Awaitable[Outcome]],
) -> ActionOut:
    """Do the work, or in a dry run nothing; either way the action is logged.

    ``preview`` is the outcome of a dry run. An error of the work is logged, then raised.
    """
    if action.request.dry_run:
        return action_document(await record(engine, caller, action, preview))
    try:
        outcome = await work()
    except EngineError as error:
        await record(engine, caller, action, {"refused": error.code})
        raise
    return action_document(await record(engine, caller, action, outcome))


async def record(
    engine: Engine,
    caller: Caller,
    action: ActionRequest,
    outcome: Outcome,
    tx: Connection | None = None,
) -> AdminAction:
    """Append an action to the log, which is never changed."""
    now, request = engine.now(), action.request
    _log.info("admin_action", action=action.action, subject=action.subject, dry_run=request.dry_run)
    return await AdminAction.create(
        id=engine.new_id("adm"),
        merchant_id=caller.merchant_id,
        actor=caller.actor or "unknown",
        action=action.action,
        subject=action.subject[:_MAX_SUBJECT],
        payment_id=action.payment_id,
        reason=request.reason,
        dry_run=request.dry_run,
        request=request.model_dump(mode="json", exclude={"reason", "dry_run"}),
        outcome=outcome,
        at=now,
        using_db=tx or engine.db.connection,
    )


async def list_actions(caller: Caller, query: ActionsQuery) -> ActionList:
    """The merchant's logged actions, newest first; ``next`` continues after this page."""
    equal = query.model_dump(include={"actor", "subject", "payment_id"}, exclude_none=True)
    rows = AdminAction.filter(merchant_id=caller.merchant_id, **equal)
    if query.before:
        rows = rows.filter(id__lt=query.before)
    found = await rows.order_by("-id").limit(query.limit + 1)
    page = found[: query.limit]
    return {
        "actions": [action_document(row) for row in page],
        "next": page[-1].id if len(found) > query.limit else None,
    }
