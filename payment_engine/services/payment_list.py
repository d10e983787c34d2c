"""Payments of an order, or of a time, for the order service."""

from datetime import UTC, datetime

from payment_engine.db.payment_pages import Row, read_page
from payment_engine.domain.callers import Caller
from payment_engine.domain.requests.cursors import PaymentCursor
from payment_engine.domain.requests.payments import PaymentsQuery
from payment_engine.engine import Engine
from payment_engine.services.documents.payment import PaymentList, payment_document
from payment_engine.services.lifecycle.read import load_payments

_EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))


async def list_page(engine: Engine, caller: Caller, query: PaymentsQuery) -> PaymentList:
    """All payments of an order, or a page of those of a time and status, oldest first."""
    merchant_id, store = caller.merchant_id, engine.committer.store
    if query.order_id:
        return await _page(engine, await store.ids_of_order(merchant_id, query.order_id), None)
    start = query.after or PaymentCursor(created_at=query.created_after or _EVER[0], payment_id="")
    page = await read_page(
        engine.db.connection,
        merchant_id,
        (start.created_at, start.payment_id),
        query.created_before or _EVER[1],
        query.status,
        query.limit,
    )
    return await _page(engine, page.ids, page.last)


async def _page(engine: Engine, ids: list[str], last: Row | None) -> PaymentList:
    found = await load_payments(engine, ids)
    after = PaymentCursor(created_at=last.created_at, payment_id=last.id) if last else None
    return {
        "payments": [payment_document(engine, snapshot) for snapshot in found],
        "next": str(after) if after else None,
    }
