"""Paytm's settlement file: the fields of its settlement API."""

from payment_engine.mock.money import signed_rupees
from payment_engine.mock.settlement.layout import Line, SettlementLayout
from payment_engine.mock.settlement.rows import Row

_COLUMNS = [
    "payoutId",
    "transactionId",
    "orderId",
    "merchantUniqueRef",
    "transactionDate",
    "updatedDate",
    "transactionType",
    "status",
    "mid",
    "customerId",
    "amount",
    "commission",
    "gst",
    "settledAmount",
    "utr",
    "payoutDate",
    "paymentMode",
    "bank",
]
"""The names of the settlement API's fields; those after customerId are reported, not documented."""
_TYPES = {
    "charge": "ACQUIRING",
    "refund": "REFUND",
    "bounce": "REPAYMENT",
    "chargeback": "CHARGEBACK",
    "adjustment": "REPAYMENT",
}
_MODES = {"CARD": "CC", "NB": "NB", "UPI": "UPI", "WALLET": "PPI"}


def _line(merchant_id: str, row: Row) -> Line:
    return {
        "payoutId": f"{row.settled:%Y%m%d}{row.utr[-6:]}",
        "transactionId": row.ref if row.kind == "charge" else "",
        "orderId": row.order_id,
        "merchantUniqueRef": "" if row.kind == "charge" else row.ref,
        "transactionDate": f"{row.at:%Y-%m-%d %H:%M:%S}",
        "updatedDate": f"{row.settled:%Y-%m-%d} 06:00:00",
        "transactionType": _TYPES[row.kind],
        "status": "SUCCESS" if row.status == "settled" else "PENDING",
        "mid": merchant_id,
        "amount": signed_rupees(row.paise if row.credit else -row.paise),
        "commission": signed_rupees(row.fee),
        "gst": signed_rupees(row.gst),
        "settledAmount": signed_rupees(row.net),
        "utr": row.utr,
        "payoutDate": f"{row.settled:%Y-%m-%d}",
        "paymentMode": _MODES.get(row.instrument, ""),
    }


SETTLEMENT = SettlementLayout(columns=_COLUMNS, line=_line)
