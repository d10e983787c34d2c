"""What needs attention, as lists: each a few conditions on rows, all paged in the same way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from typing_extensions import TypeVar

from payment_engine.db import worklists as lists
from payment_engine.db.pages import Condition, Listing, Page, Selection, Span, count_rows, read_page
from payment_engine.domain.calendar import overdue_before
from payment_engine.domain.callers import Caller
from payment_engine.domain.requests.cursors import PageCursor
from payment_engine.domain.requests.worklists import (
    ActionsQuery,
    AttemptsQuery,
    BulkQuery,
    ConflictsQuery,
    JobsQuery,
    MessagesQuery,
    NoticesQuery,
    PageQuery,
    QuarantineQuery,
    RefundsQuery,
    StaffPaymentsQuery,
    UnmatchedQuery,
)
from payment_engine.domain.states import ATTEMPT_POLLED, REFUND_UNSETTLED
from payment_engine.engine import Engine
from payment_engine.services.documents import worklists as documents
from payment_engine.services.documents.unmatched import UnmatchedPage, unmatched_item

_EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))

_DIGITS = 19
"""A number with fewer fits the key of a job."""

Row = TypeVar("Row")
Item = TypeVar("Item")


async def list_attempts(
    engine: Engine, caller: Caller, query: AttemptsQuery
) -> documents.AttemptPage:
    """The merchant's attempts in a state."""
    page = await find_attempts(engine, caller, query)
    return {"items": _items(engine, page, documents.attempt_item), "next": next_page(page)}


async def find_attempts(
    engine: Engine, caller: Caller, query: AttemptsQuery
) -> Page[lists.AttemptRow]:
    """The attempts that a list or a batch selects."""
    return await _read(engine, *chosen_attempts(caller, query), query, until=_end(engine, query))


async def count_attempts(engine: Engine, caller: Caller, query: AttemptsQuery) -> int:
    """How many that would be, as far as they are counted."""
    return await _count(engine, *chosen_attempts(caller, query), query, until=_end(engine, query))


def _end(engine: Engine, query: AttemptsQuery) -> datetime | None:
    return overdue_before(engine.now()) if query.state == "overdue" else None


def chosen_attempts(
    caller: Caller, query: AttemptsQuery
) -> tuple[Listing[lists.AttemptRow], Selection]:
    """What a query of attempts reads."""
    selection = Selection(
        within=_attempts_within(query.state),
        among=(
            lists.of_merchant(caller.merchant_id),
            *_attempts_among(query.state),
            *lists.equals("t.gateway", query.gateway),
            *lists.equals("t.method", query.method),
            *lists.equals("t.decline_code", query.decline_code),
        ),
    )
    return lists.ATTEMPTS, selection


def _attempts_within(state: str) -> tuple[Condition, ...]:
    if state == "review":
        return (lists.IN_REVIEW,)
    open_states = {"unsettled", "overdue", *ATTEMPT_POLLED}
    return (lists.NOT_SETTLED,) if state in open_states else ()


def _attempts_among(state: str) -> tuple[Condition, ...]:
    if state in ("review", "any"):
        return ()
    if state in ("unsettled", "overdue"):
        return (lists.UNDECIDED_ATTEMPT,)
    return lists.equals("t.status", state)


async def list_conflicts(
    engine: Engine, caller: Caller, query: ConflictsQuery
) -> documents.AttemptPage:
    """The merchant's successes that cannot pay their orders."""
    money = {"open": (lists.MONEY_IS_OUT,), "returned": (lists.MONEY_IS_BACK,)}
    selection = Selection(
        within=(lists.IN_CONFLICT,),
        among=(
            lists.of_merchant(caller.merchant_id),
            *money.get(query.state, ()),
            *lists.equals("t.gateway", query.gateway),
        ),
    )
    page = await _read(engine, lists.ATTEMPTS, selection, query)
    return {"items": _items(engine, page, documents.attempt_item), "next": next_page(page)}


async def list_refunds(engine: Engine, caller: Caller, query: RefundsQuery) -> documents.RefundPage:
    """The merchant's refunds in a state."""
    page = await find_refunds(engine, caller, query)
    return {"items": _items(engine, page, documents.refund_item), "next": next_page(page)}


async def find_refunds(
    engine: Engine, caller: Caller, query: RefundsQuery
) -> Page[lists.RefundRow]:
    """The refunds that a list or a batch selects."""
    return await _read(engine, *chosen_refunds(caller, query), query)


async def count_refunds(engine: Engine, caller: Caller, query: RefundsQuery) -> int:
    """How many that would be, as far as they are counted."""
    return await _count(engine, *chosen_refunds(caller, query), query)


def chosen_refunds(
    caller: Caller, query: RefundsQuery
) -> tuple[Listing[lists.RefundRow], Selection]:
    """What a query of refunds reads."""
    within, among = _refunds_in(query.state)
    selection = Selection(
        within=within,
        among=(
            lists.of_merchant(caller.merchant_id),
            *among,
            *lists.equals("a.gateway", query.gateway),
            *lists.equals("a.method", query.method),
        ),
    )
    return lists.REFUNDS, selection


def _refunds_in(state: str) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    if state == "any":
        return (), ()
    if state == "review":
        return (lists.IN_REVIEW,), ()
    if state == "unsettled":
        return (lists.NOT_SETTLED,), (lists.UNSETTLED_REFUND,)
    unsettled = (lists.NOT_SETTLED,) if state in REFUND_UNSETTLED else ()
    return unsettled, lists.equals("t.status", state)


async def list_payments(
    engine: Engine, caller: Caller, query: StaffPaymentsQuery
) -> documents.PaymentPage:
    """The merchant's payments of a status and time."""
    selection = Selection(
        within=(lists.of_merchant(caller.merchant_id, "t"),),
        among=lists.equals("t.status", query.status),
    )
    page = await _read(engine, lists.PAYMENTS, selection, query)
    return {"items": _items(engine, page, documents.payment_item), "next": next_page(page)}


async def list_messages(
    engine: Engine, caller: Caller, query: MessagesQuery
) -> documents.MessagePage:
    """The merchant's messages that were not delivered."""
    page = await find_messages(engine, caller, query)
    return {"items": _items(engine, page, documents.message_item), "next": next_page(page)}


async def find_messages(
    engine: Engine, caller: Caller, query: MessagesQuery
) -> Page[lists.MessageRow]:
    """The messages that a list or a batch selects."""
    return await _read(engine, *chosen_messages(caller, query), query)


async def count_messages(engine: Engine, caller: Caller, query: MessagesQuery) -> int:
    """How many that would be, as far as they are counted."""
    return await _count(engine, *chosen_messages(caller, query), query)


def chosen_messages(
    caller: Caller, query: MessagesQuery
) -> tuple[Listing[lists.MessageRow], Selection]:
    """What a query of messages reads."""
    own = lists.of_merchant(caller.merchant_id, "t")
    if query.state == "waiting":
        return lists.WAITING_MESSAGES, Selection(within=(own, lists.READY))
    selection = Selection(within=(own, lists.FAILED), among=lists.equals("t.state", query.state))
    return lists.FAILED_MESSAGES, selection


async def list_notices(engine: Engine, query: NoticesQuery) -> documents.NoticePage:
    """Verified webhooks; whose payment one is about is known once it is read."""
    selection = Selection(
        within=(lists.NOT_HANDLED if query.state == "unhandled" else lists.HANDLED,),
        among=(*lists.equals("t.gateway", query.gateway), *lists.equals("t.kind", query.kind)),
    )
    page = await _read(engine, lists.NOTICES, selection, query)
    return {"items": _items(engine, page, documents.notice_item), "next": next_page(page)}


async def list_quarantined(engine: Engine, query: QuarantineQuery) -> documents.QuarantinePage:
    """What is in quarantine, once for each event, without its contents."""
    page = await find_quarantined(engine, query)
    return {"items": _items(engine, page, documents.quarantined_item), "next": next_page(page)}


async def find_quarantined(engine: Engine, query: QuarantineQuery) -> Page[lists.QuarantinedRow]:
    """The quarantined webhooks that a list or a batch selects."""
    return await _read(engine, *chosen_quarantined(query), query)


async def count_quarantined(engine: Engine, query: QuarantineQuery) -> int:
    """How many that would be, as far as they are counted."""
    return await _count(engine, *chosen_quarantined(query), query)


def chosen_quarantined(
    query: QuarantineQuery,
) -> tuple[Listing[lists.QuarantinedRow], Selection]:
    """What a query of the quarantine reads."""
    states = {"waiting": (lists.NOT_VERIFIED,), "verified": (lists.VERIFIED,)}
    selection = Selection(
        among=(
            *states.get(query.state, ()),
            *lists.equals("t.gateway", query.gateway),
            *lists.equals("t.cause", query.cause),
        )
    )
    return lists.QUARANTINED, selection


async def list_unmatched(engine: Engine, query: UnmatchedQuery) -> UnmatchedPage:
    """What gateways reported of charges and refunds that are in no table of ours."""
    matched = (lists.MATCHED,) if query.state == "matched" else ()
    selection = Selection(
        within=(lists.NOT_MATCHED,) if query.state == "open" else (),
        among=(
            *matched,
            *lists.equals("t.gateway", query.gateway),
            *lists.equals("t.kind", query.kind),
        ),
    )
    page = await _read(engine, lists.UNMATCHED, selection, query)
    return {"items": _items(engine, page, unmatched_item), "next": next_page(page)}


async def list_jobs(engine: Engine, caller: Caller, query: JobsQuery) -> documents.JobPage:
    """Jobs that failed too often, about what is the merchant's; for the platform also those about
    webhooks, which name no merchant before they are read."""
    selection = Selection(
        within=(lists.SUSPENDED,),
        among=(
            lists.job_of_merchant(caller.merchant_id, nobodys=caller.for_platform),
            *lists.equals("t.kind", query.kind),
            *lists.equals("t.gateway", query.gateway),
        ),
    )
    page = await _read(engine, lists.SUSPENDED_JOBS, selection, query)
    return {"items": _items(engine, page, documents.job_item), "next": next_page(page)}


async def find_job(engine: Engine, caller: Caller, job_id: str) -> lists.JobRow | None:
    """One suspended job that the caller may see."""
    if not (job_id.isdecimal() and job_id.isascii() and len(job_id) < _DIGITS):
        return None
    own = lists.job_of_merchant(caller.merchant_id, nobodys=caller.for_platform)
    one = Condition(text="t.id = {}::text::bigint", values=(job_id,))
    selection = Selection(within=(lists.SUSPENDED, one), among=(own,))
    page = await _read(engine, lists.SUSPENDED_JOBS, selection, JobsQuery())
    return page.rows[0] if page.rows else None


async def find_bulk(engine: Engine, caller: Caller, query: BulkQuery) -> Page[lists.BulkRow]:
    """The merchant's actions on many rows."""
    selection = Selection(
        within=(lists.of_merchant(caller.merchant_id, "t"),),
        among=lists.equals("t.state", query.state),
    )
    return await _read(engine, lists.BULK_ACTIONS, selection, query)


async def find_actions(
    engine: Engine, caller: Caller, query: ActionsQuery
) -> Page[lists.ActionRow]:
    """The merchant's logged actions, or readings of personal data."""
    selection = Selection(
        within=(
            lists.of_merchant(caller.merchant_id, "t"),
            lists.READINGS if query.reads else lists.NO_READINGS,
            *lists.equals("t.payment_id", query.payment_id),
        ),
        among=(
            *lists.equals("t.actor", query.actor),
            *lists.equals("t.action", query.action),
            *lists.equals("t.subject", query.subject),
        ),
    )
    return await _read(engine, lists.ACTIONS, selection, query)


async def _read(
    engine: Engine,
    listing: Listing[Row],
    selection: Selection,
    query: PageQuery,
    until: datetime | None = None,
) -> Page[Row]:
    """A page; ``until``: what the list itself ends with."""
    span = _span(query, engine.now(), until, "0" if listing.key_type == "bigint" else "")
    return await read_page(engine.db.connection, listing, selection, span, query.limit)


async def _count(
    engine: Engine,
    listing: Listing[Row],
    selection: Selection,
    query: PageQuery,
    until: datetime | None = None,
) -> int:
    span = _span(query, engine.now(), until, "")
    return await count_rows(engine.db.connection, listing, selection, span)


def _span(query: PageQuery, now: datetime, until: datetime | None, lowest: str) -> Span:
    since = query.since or _EVER[0]
    aged = now - timedelta(seconds=query.older_than) if query.older_than else None
    end = min(each for each in (query.until, until, aged, _EVER[1]) if each)
    newest = query.order == "newest"
    start = (end, lowest) if newest else (since, lowest)
    if query.after:
        after = (query.after.at, query.after.key)
        start = min(start, after) if newest else max(start, after)
    return Span(after=start, end=since if newest else end, newest=newest)


def _items(engine: Engine, page: Page[Row], as_item: Callable[[Row, datetime], Item]) -> list[Item]:
    now = engine.now()
    return [as_item(row, now) for row in page.rows]


def next_page(page: Page[Row]) -> str | None:
    """The cursor of the page after this one."""
    return str(PageCursor(at=page.last[0], key=page.last[1])) if page.last else None
