"""The lists of people on call, each as its service reads it, with filters that find little."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from payment_engine.domain.callers import Caller
from payment_engine.domain.requests import worklists as queries
from payment_engine.engine import Engine
from payment_engine.services.oncall import worklist
from tests.db.million import MERCHANT

ON_CALL = Caller(kind="admin", merchant_id=MERCHANT)
NOW = datetime(2026, 11, 1, 0, 1, tzinfo=UTC)


class Recorded(Exception):
    """The statement of a list, with its values."""

    def __init__(self, statement: str, values: list[object]) -> None:
        self.statement, self.values = statement, values


class Recorder:
    """A database that runs nothing."""

    async def execute_query_dict(self, statement: str, values: list[object]) -> None:
        raise Recorded(statement, values)


RECORDING = cast(
    Engine, SimpleNamespace(db=SimpleNamespace(connection=Recorder()), now=lambda: NOW)
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One list with its query; ``table`` is the one that it is about."""

    table: str
    query: queries.PageQuery

    @property
    def name(self) -> str:
        """As a test is named."""
        chosen = self.query.model_dump(exclude_unset=True, mode="json")
        return f"{self.table} {chosen}"


def cases() -> Iterator[Case]:
    """Every list in every state, both ends first, with and without what is found nowhere."""
    since = {"since": NOW - timedelta(days=9), "until": NOW - timedelta(days=2)}
    for order in ("oldest", "newest"):
        for table, kind, states in _LISTS:
            for state in states:
                for more in ({}, since, _RARE.get(table, {})):
                    yield Case(table=table, query=kind(order=order, **state, **more))


_ATTEMPT_STATES = ("any", "unsettled", "overdue", "review", "pending", "captured", "failed")
_REFUND_STATES = ("any", "unsettled", "review", "needs_approval", "succeeded", "failed")
_LISTS: list[tuple[str, type[queries.PageQuery], list[dict[str, Any]]]] = [
    ("attempt", queries.AttemptsQuery, [{"state": each} for each in _ATTEMPT_STATES]),
    ("attempt", queries.ConflictsQuery, [{"state": each} for each in ("open", "returned", "any")]),
    ("refund", queries.RefundsQuery, [{"state": each} for each in _REFUND_STATES]),
    (
        "payment",
        queries.StaffPaymentsQuery,
        [{"status": each} for each in ("voided", "paid", None)],
    ),
    (
        "outbox_message",
        queries.MessagesQuery,
        [{"state": each} for each in ("waiting", "dead", "undeliverable")],
    ),
    ("inbox_notice", queries.NoticesQuery, [{"state": each} for each in ("unhandled", "handled")]),
    ("quarantined", queries.QuarantineQuery, [{"state": each} for each in ("waiting", "any")]),
    (
        "unmatched_report",
        queries.UnmatchedQuery,
        [{"state": each} for each in ("open", "matched", "any")],
    ),
    ("job", queries.JobsQuery, [{}]),
    (
        "admin_action",
        queries.ActionsQuery,
        [{"reads": False}, {"reads": True}, {"payment_id": "pay_" + "0" * 20}],
    ),
    ("bulk_action", queries.BulkQuery, [{}]),
]
_GATEWAYS = ("attempt", "refund", "inbox_notice", "unmatched_report", "job")
_RARE = {
    **{table: {"gateway": "nowhere"} for table in _GATEWAYS},
    "admin_action": {"actor": "nobody"},
    "bulk_action": {"state": "stopped"},
}


async def read(engine: Engine, query: queries.PageQuery) -> Any:
    """One page of the list that this query is of."""
    if isinstance(query, queries.NoticesQuery):
        return await worklist.list_notices(engine, query)
    if isinstance(query, queries.QuarantineQuery):
        return await worklist.list_quarantined(engine, query)
    if isinstance(query, queries.UnmatchedQuery):
        return await worklist.list_unmatched(engine, query)
    lists: dict[type[queries.PageQuery], Any] = {
        queries.AttemptsQuery: worklist.list_attempts,
        queries.ConflictsQuery: worklist.list_conflicts,
        queries.RefundsQuery: worklist.list_refunds,
        queries.StaffPaymentsQuery: worklist.list_payments,
        queries.MessagesQuery: worklist.list_messages,
        queries.JobsQuery: worklist.list_jobs,
        queries.ActionsQuery: worklist.find_actions,
        queries.BulkQuery: worklist.find_bulk,
    }
    return await lists[type(query)](engine, ON_CALL, query)


async def statement_of(query: queries.PageQuery) -> tuple[str, list[object]]:
    """What is sent for one page, and its values."""
    try:
        await read(RECORDING, query)
    except Recorded as recorded:
        return recorded.statement, recorded.values
    raise AssertionError(query)
