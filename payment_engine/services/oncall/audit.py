"""The audit log: every action of on-call staff, with who, why, and its outcome; and every reading
of personal data."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import structlog

from payment_engine.db import audit
from payment_engine.db.connection import Connection
from payment_engine.db.models import AdminAction
from payment_engine.domain.audit_chain import Anchor
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import EngineError
from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.worklists import ActionsQuery
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionOut, ActionPage, action_document
from payment_engine.services.oncall import worklist

Outcome = Mapping[str, object]
"""What an action did, or would do; written to the log as JSON."""

Reading = Literal["payment.read", "payments.search"]
"""What of personal data a person reads: a payment's timeline, or who paid by a phone, a UPI ID or
a customer's reference that names a person."""

_MAX_SUBJECT = 64
_READ_WITHOUT = "none needed"

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


async def perform_at_once(
    engine: Engine,
    caller: Caller,
    action: ActionRequest,
    outcome: Outcome,
    write: Callable[[Connection], Awaitable[None]],
) -> ActionOut:
    """Write and log in one commit, or in a dry run log only what it would do."""
    if action.request.dry_run:
        return action_document(await record(engine, caller, action, outcome))
    async with engine.db.transaction() as tx:
        await write(tx)
        row = await record(engine, caller, action, outcome, tx)
    return action_document(row)


async def record(
    engine: Engine,
    caller: Caller,
    action: ActionRequest,
    outcome: Outcome,
    tx: Connection | None = None,
) -> AdminAction:
    """Append an action to the log, which is never changed.

    A transaction ``tx`` must end with it: until then, no other action of the merchant is logged.
    """
    request = action.request
    row = AdminAction(
        action=action.action,
        subject=action.subject[:_MAX_SUBJECT],
        payment_id=action.payment_id,
        reason=request.reason,
        dry_run=request.dry_run,
        request=request.model_dump(mode="json", exclude={"reason", "dry_run"}),
        outcome=outcome,
    )
    return await _append(engine, caller, row, tx or engine.db.connection)


async def record_reading(
    engine: Engine,
    caller: Caller,
    action: Reading,
    subject: str,
    *,
    payment_id: str | None = None,
    outcome: Outcome | None = None,
) -> None:
    """Append to the log that a person reads personal data; they read it only then."""
    row = AdminAction(
        action=action,
        subject=subject,
        payment_id=payment_id,
        reason=_READ_WITHOUT,
        dry_run=False,
        request={},
        outcome=outcome or {},
        reading=True,
    )
    await _append(engine, caller, row, engine.db.connection)


async def _append(engine: Engine, caller: Caller, row: AdminAction, db: Connection) -> AdminAction:
    """Complete a record and insert it; the log line has its anchor, out of the database's reach."""
    row.id, row.at = engine.new_id("adm"), engine.now()
    row.merchant_id, row.actor = caller.merchant_id, caller.actor or "unknown"
    with engine.db.from_primary():
        await audit.append(db, row)
    _log.info(
        "admin_action",
        action=row.action,
        subject=row.subject,
        dry_run=row.dry_run,
        anchor=str(Anchor(row.merchant_id, row.number or 0, row.hash or b"")),
    )
    return row


async def list_actions(engine: Engine, caller: Caller, query: ActionsQuery) -> ActionPage:
    """The merchant's logged actions or readings, newest first unless ``order`` says otherwise."""
    page = await worklist.find_actions(engine, caller, query)
    rows = {row.id: row for row in await AdminAction.filter(id__in=[each.id for each in page.rows])}
    items = [action_document(rows[each.id]) for each in page.rows]
    return {"items": items, "next": worklist.next_page(page)}
