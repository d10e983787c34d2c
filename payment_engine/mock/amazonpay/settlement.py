"""Amazon Pay's settlement file: header and first columns of the global report."""

from datetime import date

from payment_engine.mock.money import signed_rupees
from payment_engine.mock.settlement.layout import Line, SettlementLayout
from payment_engine.mock.settlement.rows import CYCLE, Row

_COLUMNS = [
    "TransactionPostedDate",
    "SettlementId",
    "AmazonTransactionId",
    "SellerReferenceId",
    "TransactionType",
    "CurrencyCode",
    "TransactionDescription",
    "TransactionAmount",
    "TotalTransactionFee",
    "TotalTransactionTax",
    "NetTransactionAmount",
    "SettlementReference",
]
"""India's own layout is not published: after TransactionType they are those of the global one."""
_TYPES = {
    "charge": "Capture",
    "refund": "Refund",
    "bounce": "RefundReversal",
    "chargeback": "Chargeback",
    "adjustment": "Reserve",
}


def _line(_: str, row: Row) -> Line:
    return {
        "TransactionPostedDate": row.at.isoformat(timespec="seconds"),
        "SettlementId": f"{row.settled:%Y%m%d}{row.utr[-6:]}",
        "AmazonTransactionId": row.ref if row.kind == "charge" else row.bank_ref or row.ref,
        "SellerReferenceId": row.order_id if row.kind == "charge" else row.ref,
        "TransactionType": _TYPES[row.kind],
        "CurrencyCode": "INR",
        "TransactionDescription": "" if row.status == "settled" else "Pending",
        "TransactionAmount": signed_rupees(row.paise if row.credit else -row.paise),
        "TotalTransactionFee": signed_rupees(-row.fee),
        "TotalTransactionTax": signed_rupees(-row.gst),
        "NetTransactionAmount": signed_rupees(row.net),
        "SettlementReference": row.utr,
    }


def _preamble(merchant_id: str, day: date) -> list[list[str]]:
    begun = f"{day - CYCLE:%Y-%m-%d}T"
    return [
        ["SellerId", "SettlementStartDate", "SettlementEndDate"],
        [merchant_id, f"{begun}00:00:00+05:30", f"{begun}23:59:59+05:30"],
        [],
    ]


SETTLEMENT = SettlementLayout(columns=_COLUMNS, line=_line, preamble=_preamble)
