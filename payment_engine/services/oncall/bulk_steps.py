"""The actions that can be done to many rows: which rows they take, and what they do to a batch."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from payment_engine.db.models import OutboxMessage, Quarantined
from payment_engine.db.worklists import AttemptRow, MessageRow, QuarantinedRow, RefundRow
from payment_engine.domain.bulk import BATCH
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import EngineError
from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.worklists import (
    AttemptsQuery,
    MessagesQuery,
    PageQuery,
    QuarantineQuery,
    RefundsQuery,
)
from payment_engine.engine import Engine
from payment_engine.services.oncall import actions, attempt_actions, webhook_actions, worklist

_AT_ONCE = 5
"""How many rows of a batch are worked on at the same time, so that a gateway is not flooded."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """For whom rows are worked on, and why."""

    engine: Engine
    caller: Caller
    request: ActIn


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What became of some rows; ``after``: the cursor of the next batch, None after the last."""

    done: int
    changed: int
    failed: int
    after: str | None


@dataclass(frozen=True, kw_only=True)
class BulkKind:
    """An action on the rows of a list: how many there are, and the work on one batch of them."""

    query: type[PageQuery]
    count: Callable[[Work, Any], Awaitable[int]]
    run: Callable[[Work, Any], Awaitable[Batch]]


async def _sync(work: Work, query: AttemptsQuery) -> Batch:
    page = await worklist.find_attempts(work.engine, work.caller, query)

    async def one(row: AttemptRow) -> tuple[bool, bool]:
        result = await attempt_actions.sync_row(work.engine, work.caller, row, work.request)
        return result["before"] != result["after"], result["called"] and not result["answered"]

    return await _batch(page.rows, one, worklist.next_page(page))


async def _retry(work: Work, query: RefundsQuery) -> Batch:
    page = await worklist.find_refunds(work.engine, work.caller, query)

    async def one(row: RefundRow) -> tuple[bool, bool]:
        done = await actions.retry_refund(work.engine, work.caller, row.id, work.request)
        outcome = done["outcome"]
        return outcome["before"] != outcome["after"], not outcome["answered"]

    return await _batch(page.rows, one, worklist.next_page(page))


async def _redeliver(work: Work, query: MessagesQuery) -> Batch:
    page = await worklist.find_messages(work.engine, work.caller, query)

    async def one(row: MessageRow) -> tuple[bool, bool]:
        again = actions.ready_again(work.engine)
        states = ("dead", "undeliverable")
        rows = OutboxMessage.filter(id=row.id, state__in=states)
        return bool(await rows.update(**again)), False

    return await _batch(page.rows, one, worklist.next_page(page))


async def _reverify(work: Work, query: QuarantineQuery) -> Batch:
    page = await worklist.find_quarantined(work.engine, query)

    async def one(row: QuarantinedRow) -> tuple[bool, bool]:
        webhook = await Quarantined.get(id=row.id)
        return await webhook_actions.accept(work.engine, webhook), False

    return await _batch(page.rows, one, worklist.next_page(page))


async def _batch(
    rows: Iterable[Any],
    one: Callable[[Any], Awaitable[tuple[bool, bool]]],
    after: str | None,
) -> Batch:
    """The work on rows, a few at a time: whether each changed, and whether it got no answer."""
    free = asyncio.Semaphore(_AT_ONCE)

    async def limited(row: Any) -> tuple[bool, bool]:
        async with free:
            try:
                return await one(row)
            except EngineError:
                return False, True

    results = await asyncio.gather(*(limited(row) for row in rows))
    return Batch(
        done=len(results),
        changed=sum(changed for changed, _ in results),
        failed=sum(failed for _, failed in results),
        after=after,
    )


BULK_KINDS: Mapping[str, BulkKind] = {
    "attempts.sync": BulkKind(
        query=AttemptsQuery,
        count=lambda work, query: worklist.count_attempts(work.engine, work.caller, query),
        run=_sync,
    ),
    "refunds.retry": BulkKind(
        query=RefundsQuery,
        count=lambda work, query: worklist.count_refunds(work.engine, work.caller, query),
        run=_retry,
    ),
    "messages.redeliver": BulkKind(
        query=MessagesQuery,
        count=lambda work, query: worklist.count_messages(work.engine, work.caller, query),
        run=_redeliver,
    ),
    "quarantine.reverify": BulkKind(
        query=QuarantineQuery,
        count=lambda work, query: worklist.count_quarantined(work.engine, query),
        run=_reverify,
    ),
}


def query_of(kind: BulkKind, filters: Mapping[str, Any], after: str | None) -> PageQuery:
    """The query of the next batch of an action."""
    own = {name: value for name, value in filters.items() if value is not None}
    more = {"after": after} if after else {}
    return kind.query.model_validate({**own, **more, "order": "oldest", "limit": BATCH})
