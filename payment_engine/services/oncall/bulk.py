"""Actions on many rows: started by a person, carried out by workers a batch at a time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from payment_engine.db import jobs
from payment_engine.db.models import BulkAction
from payment_engine.domain.bulk import MOST_IN_BULK, BulkState, mostly_failed
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import InvalidRequest, NotFound, TooMany
from payment_engine.domain.ids import is_id
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.bulk import BulkIn
from payment_engine.domain.requests.worklists import BulkQuery
from payment_engine.engine import Engine
from payment_engine.services.documents.bulk import (
    BulkActionOut,
    BulkActionPage,
    bulk_document,
)
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall import worklist
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform
from payment_engine.services.oncall.bulk_steps import BULK_KINDS, Batch, Work, query_of

_PAUSE = timedelta(seconds=1)
"""Between two batches, in which other work has its turn."""
_OWN = {"reason", "dry_run"}


async def start(engine: Engine, caller: Caller, name: str, request: BulkIn) -> ActionOut:
    """Begin an action on all rows that the request selects now. Raises TooMany, and InvalidRequest
    for a time that has not begun."""
    kind, filters = BULK_KINDS[name], _filters(engine, request)
    work = Work(engine=engine, caller=caller, request=request)
    total = await kind.count(work, query_of(kind, filters, None))
    action = ActionRequest(action=f"{name}.bulk", subject=name, request=request)

    async def begin() -> Outcome:
        if total > MOST_IN_BULK:
            raise TooMany(f"these are {total} rows: choose fewer than {MOST_IN_BULK} at once")
        row = await _create(engine, caller, name, filters, request.reason, total)
        return {"bulk_id": row.id, "total": total}

    return await perform(engine, caller, action, {"total": total}, begin)


def _filters(engine: Engine, request: BulkIn) -> dict[str, Any]:
    """What selects the rows; none that is created later."""
    now = engine.now()
    if request.since and request.since >= now:
        errors = [{"pointer": "/since", "message": "must be in the past"}]
        raise InvalidRequest("/since: must be in the past", errors=errors)
    until = min(request.until or now, now)
    return {**request.model_dump(mode="json", exclude=_OWN), "until": until.isoformat()}


async def _create(
    engine: Engine,
    caller: Caller,
    name: str,
    filters: Mapping[str, Any],
    reason: str,
    total: int,
) -> BulkAction:
    now = engine.now()
    async with engine.db.transaction() as tx:
        row = await BulkAction.create(
            id=engine.new_id("blk"),
            merchant_id=caller.merchant_id,
            actor=caller.actor or "unknown",
            action=name,
            reason=reason,
            query=filters,
            state=BulkState.RUNNING,
            total=total,
            created_at=now,
            using_db=tx,
        )
        await jobs.enqueue(tx, JobKind.BULK_ACTION, row.id, now)
    return row


async def read(caller: Caller, bulk_id: str) -> BulkActionOut:
    """How far an action on many rows is. Raises NotFound."""
    return bulk_document(await _own(caller, bulk_id))


async def list_bulk(engine: Engine, caller: Caller, query: BulkQuery) -> BulkActionPage:
    """The merchant's actions on many rows."""
    page = await worklist.find_bulk(engine, caller, query)
    rows = {row.id: row for row in await BulkAction.filter(id__in=[each.id for each in page.rows])}
    items = [bulk_document(rows[each.id]) for each in page.rows]
    return {"items": items, "next": worklist.next_page(page)}


async def stop(engine: Engine, caller: Caller, bulk_id: str, request: ActIn) -> ActionOut:
    """End an action after its current batch. Raises NotFound."""
    row = await _own(caller, bulk_id)
    action = ActionRequest(action="bulk.stop", subject=row.id, request=request)
    facts = {"state": row.state, "done": row.done, "total": row.total}

    async def work() -> Outcome:
        running = BulkAction.filter(id=row.id, state=BulkState.RUNNING)
        ended = await running.update(state=BulkState.STOPPED, finished_at=engine.now())
        return {**facts, "stopped": bool(ended)}

    return await perform(engine, caller, action, facts, work)


async def _own(caller: Caller, bulk_id: str) -> BulkAction:
    rows = BulkAction.filter(id=bulk_id, merchant_id=caller.merchant_id)
    row = await rows.first() if is_id("blk", bulk_id) else None
    if row is None:
        raise NotFound
    return row


async def handle_bulk_action(engine: Engine, bulk_id: str) -> datetime | None:
    """Work on the next batch of an action on many rows, until it is through or stops."""
    row = await BulkAction.get(id=bulk_id)
    if row.state is not BulkState.RUNNING:
        return None
    kind = BULK_KINDS[row.action]
    caller = Caller(kind="admin", merchant_id=row.merchant_id, actor=row.actor)
    work = Work(engine=engine, caller=caller, request=ActIn(reason=row.reason))
    batch = await kind.run(work, query_of(kind, row.query, row.cursor))
    state = _state_after(row, batch)
    await _advance(engine, row, batch, state)
    return engine.now() + _PAUSE if state is BulkState.RUNNING else None


def _state_after(row: BulkAction, batch: Batch) -> BulkState:
    done, failed = row.done + batch.done, row.failed + batch.failed
    if batch.after is None:
        return BulkState.DONE
    if done >= MOST_IN_BULK or mostly_failed(done, failed):
        return BulkState.STOPPED
    return BulkState.RUNNING


async def _advance(engine: Engine, row: BulkAction, batch: Batch, state: BulkState) -> None:
    """Record a batch, unless another worker did meanwhile, or a person stopped the action."""
    await BulkAction.filter(id=row.id, state=BulkState.RUNNING, cursor=row.cursor).update(
        state=state,
        cursor=batch.after,
        done=row.done + batch.done,
        changed=row.changed + batch.changed,
        failed=row.failed + batch.failed,
        finished_at=None if state is BulkState.RUNNING else engine.now(),
    )
