"""Finding payments by any id, reference, phone number, UPI ID or amount."""

from pydantic_core import PydanticCustomError

from payment_engine.db import search as table
from payment_engine.domain.callers import Caller
from payment_engine.domain.customer import names_a_person
from payment_engine.domain.requests.admin import SearchQuery
from payment_engine.domain.requests.fields import REQUEST_ID, indian_mobile
from payment_engine.domain.upi_vpa import VPA_HASH, NotAVpa, parse_vpa
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import FoundPayment, found_document
from payment_engine.services.oncall.audit import record_reading
from payment_engine.services.payments import phone_hashes


async def search(engine: Engine, caller: Caller, query: SearchQuery) -> list[FoundPayment]:
    """Payments by order, payment, attempt or refund id, reference, a gateway's id or reference of a
    refund, RRN, ARN, UTR, the customer's phone, UPI ID or reference, a request that called a
    gateway, or an amount (paise) within a time; newest first. A search by what names a person is in
    the audit log, without it.
    """
    db, merchant_id = engine.db.connection, caller.merchant_id
    if query.amount is not None and query.since and query.until and query.q is None:
        found = await table.find_by_amount(db, merchant_id, query.amount, query.since, query.until)
        return [found_document(payment) for payment in found]
    text = (query.q or "").strip()
    phones, payers = _phone_hashes(engine, text), _payer_hashes(engine, text)
    rows = await table.find_payments(
        db, merchant_id, text, phone_hashes=phones, payer_hashes=payers
    ) or await _find_by_request(engine, merchant_id, text)
    found = [payment for payment in rows if _matches(payment, query)]
    if phones or payers or names_a_person(text):
        ids = {"found": [payment.id for payment in found]}
        subject = "phone" if phones else "upi_id" if payers else "customer_ref"
        await record_reading(engine, caller, "payments.search", subject, outcome=ids)
    return [found_document(payment) for payment in found]


async def _find_by_request(engine: Engine, merchant_id: str, text: str) -> list[table.FoundPayment]:
    """The payments of the exchanges that the raw log has of a request; it keeps no others."""
    if not REQUEST_ID.fullmatch(text):
        return []
    log = await engine.raw_log.of_request(text)
    contexts = [exchange.context for exchange in log.exchanges]
    ids = {each[name] for each in contexts for name in ("payment", "attempt") if name in each}
    db = engine.db.connection
    return await table.find_by_ids(db, merchant_id, ids) if ids else []


def _matches(payment: table.FoundPayment, query: SearchQuery) -> bool:
    """Whether a payment found by ``q`` fits the amount and the times of the query as well."""
    return (
        query.amount in (None, payment.amount)
        and (query.since is None or payment.created_at >= query.since)
        and (query.until is None or payment.created_at <= query.until)
    )


def _phone_hashes(engine: Engine, text: str) -> list[bytes]:
    try:
        return phone_hashes(engine, indian_mobile(text))
    except PydanticCustomError:
        return []


def _payer_hashes(engine: Engine, text: str) -> list[bytes]:
    try:
        return engine.sealer.keyed_hashes(VPA_HASH, parse_vpa(text).text)
    except NotAVpa:
        return []
