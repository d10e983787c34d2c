"""Checking attempts at their gateways on request; only the gateway's answer changes them."""

import asyncio

from typing_extensions import TypedDict

from payment_engine.db.worklists import AttemptRow
from payment_engine.domain.callers import Caller
from payment_engine.domain.events import Source
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.requests.admin import ActIn, SyncBatchIn
from payment_engine.domain.requests.cursors import PageCursor
from payment_engine.domain.requests.worklists import AttemptsQuery
from payment_engine.domain.states import AttemptStatus
from payment_engine.domain.upi_checks import is_bounded, next_allowed
from payment_engine.engine import Engine
from payment_engine.services.attempts import follow_up
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.lifecycle.read import check_sees, load_attempt
from payment_engine.services.oncall import worklist
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform, record
from payment_engine.services.routing.configured import configured_gateway

_PAUSE = 0.2
"""Seconds between two checks of a batch, so at most five a second."""
_MAX_SECONDS = 40.0
"""How long a batch may run before it ends early, while its caller still waits."""
_MIN_SAMPLE = 4
"""How many checks a batch makes before it can stop for unanswered ones."""


class SyncResult(TypedDict):
    """What one check found: the status before and after, and whether the gateway answered.

    ``called``: it was, unless it is too soon for a UPI charge that is still pending; that may be
    checked again from ``next_allowed_at`` on.
    ``review``: why the attempt is under review after it; None if it is not.
    """

    gateway: str
    called: bool
    answered: bool
    before: AttemptStatus
    after: AttemptStatus
    review: str | None
    next_allowed_at: str | None


async def sync_attempt(
    engine: Engine, caller: Caller, attempt_id: str, request: ActIn
) -> ActionOut:
    """Check one attempt at its gateway now, whatever its status. Raises NotFound."""
    known = await load_attempt(engine, attempt_id)
    check_sees(caller, known.payment)
    attempt = known.attempt(attempt_id)
    preview = {
        "would_ask": attempt.gateway,
        "status": attempt.status,
        "next_allowed_at": _next_allowed(engine, attempt),
    }

    async def work() -> Outcome:
        return await _sync(engine, known, attempt_id)

    return await perform(engine, caller, _sync_action(attempt, request), preview, work)


async def sync_attempts(engine: Engine, caller: Caller, request: SyncBatchIn) -> ActionOut:
    """Check the oldest attempts of a kind one by one; stops when half go unanswered."""
    page = await worklist.find_attempts(engine, caller, _query(request))
    attempts = [attempt for attempt in page.rows if attempt.gateway in engine.gateways]
    action = ActionRequest(action="attempts.sync", subject="attempts", request=request)
    preview = {"would_ask_about": [attempt.id for attempt in attempts]}

    async def work() -> Outcome:
        results = await _sync_all(engine, caller, attempts, request)
        done = len(results)
        stopped = done < len(attempts)
        return {
            "asked": done,
            "unanswered": _count_unanswered(results),
            "moved": sum(result["before"] != result["after"] for result in results),
            "stopped": stopped,
            "next": _after(attempts[done - 1]) if stopped else worklist.next_page(page),
            "results": [
                {"attempt_id": attempt.id, **result}
                for attempt, result in zip(attempts, results, strict=False)
            ],
        }

    return await perform(engine, caller, action, preview, work)


def _query(request: SyncBatchIn) -> AttemptsQuery:
    return AttemptsQuery(
        state=request.state,
        older_than=request.older_than,
        gateway=request.gateway,
        method=request.method,
        after=request.after,
        limit=request.limit,
    )


def _after(attempt: AttemptRow) -> str:
    return str(PageCursor(at=attempt.created_at, key=attempt.id))


async def _sync_all(
    engine: Engine, caller: Caller, attempts: list[AttemptRow], request: SyncBatchIn
) -> list[SyncResult]:
    """The results in order, each logged as an action of its own; fewer if the batch ends early."""
    results: list[SyncResult] = []
    deadline = engine.monotonic() + _MAX_SECONDS
    for attempt in attempts:
        result = await sync_row(engine, caller, attempt, request)
        results.append(result)
        if _mostly_unanswered(results) or engine.monotonic() > deadline:
            break
        await asyncio.sleep(_PAUSE)
    return results


async def sync_row(
    engine: Engine, caller: Caller, attempt: AttemptRow, request: ActIn
) -> SyncResult:
    """Check one attempt of a list, logged as an action of its own."""
    known = await load_attempt(engine, attempt.id)
    result = await _sync(engine, known, attempt.id)
    await record(engine, caller, _sync_action(attempt, request), result)
    return result


async def _sync(engine: Engine, known: Snapshot, attempt_id: str) -> SyncResult:
    attempt = known.attempt(attempt_id)
    configured_gateway(engine, attempt.gateway)
    now = engine.now()
    allowed = next_allowed(attempt, now) <= now
    after, answered = attempt, False
    if allowed:
        poll = await follow_up.poll_charge(engine, known, attempt_id, Source.ADMIN)
        after, answered = poll.snapshot.attempt(attempt_id), poll.failure is None
    return {
        "gateway": attempt.gateway,
        "called": allowed,
        "answered": answered,
        "before": attempt.status,
        "after": after.status,
        "review": after.review,
        "next_allowed_at": _next_allowed(engine, after),
    }


def _next_allowed(engine: Engine, attempt: Attempt) -> str | None:
    """When a pending UPI charge may be checked; None for any other, which always may."""
    if not is_bounded(attempt):
        return None
    return format_time(next_allowed(attempt, engine.now()))


def _sync_action(attempt: Attempt | AttemptRow, request: ActIn) -> ActionRequest:
    return ActionRequest(
        action="attempt.sync",
        subject=attempt.id,
        request=request,
        payment_id=attempt.payment_id,
    )


def _mostly_unanswered(results: list[SyncResult]) -> bool:
    return len(results) >= _MIN_SAMPLE and _count_unanswered(results) * 2 >= len(results)


def _count_unanswered(results: list[SyncResult]) -> int:
    return sum(result["called"] and not result["answered"] for result in results)
