"""Finding payments by whatever number, name or amount somebody has in hand (OPS-1)."""

from typing import Any

from pydantic_core import PydanticCustomError

from payment_engine.db.search import FoundPayment, find_by_amount, find_payments
from payment_engine.domain.callers import Caller
from payment_engine.domain.money import Paise, display
from payment_engine.domain.requests.admin import SearchQuery
from payment_engine.domain.requests.payments import indian_mobile
from payment_engine.domain.upi_vpa import VPA_HASH, NotAVpa, parse_vpa
from payment_engine.engine import Engine
from payment_engine.services.documents import format_time
from payment_engine.services.payments import phone_marks


async def search(engine: Engine, caller: Caller, asked: SearchQuery) -> list[dict[str, Any]]:
    """Payments by order, payment, attempt or refund id, reference, gateway id, RRN, ARN, UTR, the
    customer's phone or UPI id, or an amount (paise) within a time; newest first.
    """
    db = engine.db.connection
    if asked.amount is not None and asked.since and asked.until and asked.q is None:
        found = await find_by_amount(db, caller.merchant_id, asked.amount, asked.since, asked.until)
        return [_document(payment) for payment in found]
    text = (asked.q or "").strip()
    found = await find_payments(
        db,
        caller.merchant_id,
        text,
        phone_hashes=_phone(engine, text),
        payer_hashes=_payer(engine, text),
    )
    return [_document(payment) for payment in found if _within(payment, asked)]


def _within(payment: FoundPayment, asked: SearchQuery) -> bool:
    """Whether what was found fits the rest that was asked for."""
    return (
        asked.amount in (None, payment.amount)
        and (asked.since is None or payment.created_at >= asked.since)
        and (asked.until is None or payment.created_at <= asked.until)
    )


def _phone(engine: Engine, text: str) -> list[bytes]:
    try:
        return phone_marks(engine, indian_mobile(text))
    except PydanticCustomError:
        return []


def _payer(engine: Engine, text: str) -> list[bytes]:
    try:
        return engine.sealer.marks(VPA_HASH, parse_vpa(text).text)
    except NotAVpa:
        return []


def _document(payment: FoundPayment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        "amount": payment.amount,
        "amount_display": display(Paise(payment.amount)),
        "created_at": format_time(payment.created_at),
    }
