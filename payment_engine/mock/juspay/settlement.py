"""Juspay's settlement file: that of UPI, which its documents show, for every instrument."""

from payment_engine.mock.money import signed_rupees
from payment_engine.mock.settlement.layout import Line, SettlementLayout
from payment_engine.mock.settlement.rows import Row

_MCC = "5912"
_COLUMNS = [
    "Merchant ID",
    "Transaction Amount",
    "Fee",
    "Tax",
    "Credit",
    "Debit",
    "Settlement Date",
    "UPI Request Id",
    "Transaction Type",
    "Type",
    "SS Adjustment Type",
    "SS Credit/Debit",
    "Transaction Date",
    "Account Number",
    "Status",
    "Payer Vpa",
    "Payee Vpa",
    "RRN",
    "Settlement Status",
    "Order ID",
    "Transaction Description",
    "Account Type",
    "Sub Merchant ID",
    "Refund Request Id",
    "MCC",
    "UTR Number",
    "Partner Amount",
]
"""The 25 columns of the UPI settlement file, and the two that its longer variant adds."""
_TYPES = {
    "charge": "PAY",
    "refund": "REFUND",
    "bounce": "REFUND_REVERSAL",
    "chargeback": "CHARGEBACK",
    "adjustment": "ADJUSTMENT",
}


def _line(merchant_id: str, row: Row) -> Line:
    paid = row.kind == "charge"
    return {
        "Merchant ID": merchant_id,
        "Transaction Amount": signed_rupees(row.paise),
        "Fee": signed_rupees(row.fee),
        "Tax": signed_rupees(row.gst),
        "Credit": signed_rupees(row.net) if row.credit else "",
        "Debit": "" if row.credit else signed_rupees(-row.net),
        "Settlement Date": f"{row.settled:%d/%m/%Y}",
        "UPI Request Id": row.ref if paid else "",
        "Transaction Type": _TYPES[row.kind],
        "Type": "CREDIT" if row.credit else "DEBIT",
        "SS Adjustment Type": "RESERVE" if row.kind == "adjustment" else "",
        "Transaction Date": f"{row.at:%d/%m/%Y}",
        "Status": "SUCCESS",
        "RRN": row.bank_ref,
        "Settlement Status": {"settled": "Settled"}.get(row.status, "Pending"),
        "Order ID": row.order_id,
        "Transaction Description": row.instrument,
        "Refund Request Id": row.ref if row.kind in ("refund", "bounce") else "",
        "MCC": _MCC,
        "UTR Number": row.utr,
        "Partner Amount": signed_rupees(row.net),
    }


SETTLEMENT = SettlementLayout(columns=_COLUMNS, line=_line)
