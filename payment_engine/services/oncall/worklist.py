"""Attempts that need attention: unsettled, overdue, or in review."""

from collections.abc import Set
from datetime import datetime, timedelta

from tortoise.expressions import Q

from payment_engine.db.models import Attempt
from payment_engine.domain.calendar import overdue_before
from payment_engine.domain.callers import Caller
from payment_engine.domain.requests.admin import AttemptsQuery, SyncBatchIn
from payment_engine.domain.states import ATTEMPT_FINAL, ATTEMPT_IN_PROGRESS, AttemptStatus
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import StuckList, stuck_document


async def list_attempts(engine: Engine, caller: Caller, query: AttemptsQuery) -> StuckList:
    """The merchant's attempts in a state, the oldest first; ``next`` continues after this page."""
    found = await find_attempts(engine, caller, query, query.limit + 1)
    page = found[: query.limit]
    return {
        "attempts": [stuck_document(attempt, engine.now()) for attempt in page],
        "next": page[-1].id if len(found) > query.limit else None,
    }


async def find_attempts(
    engine: Engine, caller: Caller, query: AttemptsQuery | SyncBatchIn, limit: int
) -> list[Attempt]:
    """The attempts that a list or a batch selects, each with its payment."""
    created_before = engine.now() - timedelta(seconds=query.older_than)
    rows = Attempt.filter(_in_state(query.state, engine.now()), created_at__lte=created_before)
    rows = rows.filter(payment__merchant_id=caller.merchant_id)
    if query.gateway:
        rows = rows.filter(gateway=query.gateway)
    if query.method:
        rows = rows.filter(method=query.method)
    if query.after and (last := await Attempt.get_or_none(id=query.after)):
        rows = rows.filter(created_at__gte=last.created_at)
        rows = rows.filter(Q(created_at__gt=last.created_at) | Q(id__gt=last.id))
    return await rows.order_by("created_at", "id").limit(limit).select_related("payment")


def _overdue(now: datetime) -> Q:
    """Without an outcome at the end of T+5, RBI's limit for resolving a failed transaction."""
    return Q(_of_status(ATTEMPT_IN_PROGRESS), created_at__lt=overdue_before(now))


def _in_state(state: str, now: datetime) -> Q:
    if state == "review":
        return Q(review__isnull=False)
    if state == "overdue":
        return _overdue(now)
    return _of_status(ATTEMPT_IN_PROGRESS if state == "unsettled" else {AttemptStatus(state)})


def _of_status(statuses: Set[AttemptStatus]) -> Q:
    """Those without a final status are found by an index of attempts that are not settled."""
    found = Q(status__in=statuses)
    return found if statuses & ATTEMPT_FINAL else found & Q(settled_at__isnull=True)
