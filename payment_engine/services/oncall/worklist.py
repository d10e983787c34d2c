"""Attempts and refunds that need attention: unsettled, overdue, or in review."""

from collections.abc import Set
from datetime import datetime, timedelta

from tortoise.expressions import Q

from payment_engine.db.models import Attempt, Refund
from payment_engine.domain.calendar import overdue_before
from payment_engine.domain.callers import Caller
from payment_engine.domain.requests.admin import AttemptsQuery, RefundsQuery, SyncBatchIn
from payment_engine.domain.states import (
    ATTEMPT_FINAL,
    ATTEMPT_IN_PROGRESS,
    REFUND_UNDECIDED,
    AttemptStatus,
    RefundStatus,
)
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import (
    StuckList,
    StuckRefundList,
    stuck_document,
    stuck_refund_document,
)


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
        rows = rows.filter(_later_than(last))
    return await rows.order_by("created_at", "id").limit(limit).select_related("payment")


async def list_refunds(engine: Engine, caller: Caller, query: RefundsQuery) -> StuckRefundList:
    """The merchant's refunds in a state, the oldest first; ``next`` continues after this page."""
    found = await find_refunds(engine, caller, query, query.limit + 1)
    page = found[: query.limit]
    return {
        "refunds": [stuck_refund_document(refund, engine.now()) for refund in page],
        "next": page[-1].id if len(found) > query.limit else None,
    }


async def find_refunds(
    engine: Engine, caller: Caller, query: RefundsQuery, limit: int
) -> list[Refund]:
    """The refunds that a list selects, each with its payment and attempt."""
    created_before = engine.now() - timedelta(seconds=query.older_than)
    rows = Refund.filter(_refund_in_state(query.state), created_at__lte=created_before)
    rows = rows.filter(payment__merchant_id=caller.merchant_id)
    if query.gateway:
        rows = rows.filter(attempt__gateway=query.gateway)
    if query.method:
        rows = rows.filter(attempt__method=query.method)
    if query.after and (last := await Refund.get_or_none(id=query.after)):
        rows = rows.filter(_later_than(last))
    rows = rows.order_by("created_at", "id").limit(limit)
    return await rows.select_related("payment", "attempt")


def _later_than(last: Attempt | Refund) -> Q:
    """What comes after the last row of a page."""
    after = Q(created_at__gt=last.created_at) | Q(id__gt=last.id)
    return Q(created_at__gte=last.created_at) & after


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


def _refund_in_state(state: str) -> Q:
    """What is not decided is found by an index of refunds that are not settled."""
    if state == "review":
        return Q(review__isnull=False)
    statuses = REFUND_UNDECIDED if state == "unsettled" else {RefundStatus(state)}
    return Q(status__in=statuses, settled_at__isnull=True)
