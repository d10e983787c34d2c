"""Finding payments by whatever number, name or amount somebody has in hand (OPS-1)."""

from typing import Any

from pydantic_core import PydanticCustomError
from tortoise import connections

from payment_engine.domain.callers import Caller
from payment_engine.domain.money import Paise, display
from payment_engine.domain.requests.admin import SearchQuery
from payment_engine.domain.requests.payments import indian_mobile
from payment_engine.domain.upi_vpa import NoVpa, read_vpa
from payment_engine.engine import Engine
from payment_engine.services.documents import format_time
from payment_engine.services.instruments.upi import PURPOSE
from payment_engine.services.payments import phone_marks

SEARCH = """
SELECT id, order_id, status, amount, created_at FROM payment
WHERE merchant_id = $1 AND id IN (
  SELECT id FROM payment WHERE merchant_id = $1 AND order_id = $2
  UNION SELECT id FROM payment WHERE id = $2
  UNION SELECT id FROM payment WHERE phone_hash = ANY ($3::bytea[])
  UNION SELECT payment_id FROM attempt WHERE id = $2
  UNION SELECT payment_id FROM attempt WHERE ref = $2
  UNION SELECT payment_id FROM attempt WHERE gateway_payment_id = $2
  UNION SELECT payment_id FROM attempt WHERE rrn = $2
  UNION SELECT payment_id FROM attempt WHERE payer_hash = ANY ($4::bytea[])
  UNION SELECT payment_id FROM refund WHERE id = $2
  UNION SELECT payment_id FROM refund WHERE ref = $2
  UNION SELECT payment_id FROM refund WHERE gateway_refund_id = $2
  UNION SELECT payment_id FROM refund WHERE arn = $2
  UNION SELECT payment_id FROM refund WHERE rrn = $2)
ORDER BY created_at DESC LIMIT 50
"""
"""Every arm of it reads an index (migrations/0003_search.py and 0005)."""
BY_AMOUNT = """
SELECT id, order_id, status, amount, created_at FROM payment
WHERE merchant_id = $1 AND amount = $2 AND created_at BETWEEN $3 AND $4
ORDER BY created_at DESC LIMIT 50
"""


async def search(engine: Engine, caller: Caller, asked: SearchQuery) -> list[dict[str, Any]]:
    """Payments by order, payment, attempt or refund id, reference, gateway id, RRN, ARN, UTR, the
    customer's phone or UPI id, or an amount (paise) within a time; newest first.
    """
    database = connections.get("default")
    if asked.q is None:
        values = [caller.merchant_id, asked.amount, asked.since, asked.until]
        return [_found(row) for row in await database.execute_query_dict(BY_AMOUNT, values)]
    wanted = asked.q.strip()
    phones, payers = _phone(engine, wanted), _payer(engine, wanted)
    rows = await database.execute_query_dict(SEARCH, [caller.merchant_id, wanted, phones, payers])
    return [_found(row) for row in rows if _within(row, asked)]


def _within(row: dict[str, Any], asked: SearchQuery) -> bool:
    """Whether what was found fits the rest that was asked for."""
    return (
        asked.amount in (None, row["amount"])
        and (asked.since is None or row["created_at"] >= asked.since)
        and (asked.until is None or row["created_at"] <= asked.until)
    )


def _phone(engine: Engine, text: str) -> list[bytes]:
    try:
        return phone_marks(engine, indian_mobile(text))
    except PydanticCustomError:
        return []


def _payer(engine: Engine, text: str) -> list[bytes]:
    try:
        return engine.sealer.marks(PURPOSE, read_vpa(text).text)
    except NoVpa:
        return []


def _found(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "order_id": row["order_id"],
        "status": row["status"],
        "amount": row["amount"],
        "amount_display": display(Paise(row["amount"])),
        "created_at": format_time(row["created_at"]),
    }
