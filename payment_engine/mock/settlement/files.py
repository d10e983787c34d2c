"""Settlement files as each gateway lays them out, and the bank's statement of the payouts."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from payment_engine.mock.money import rupees_text
from payment_engine.mock.settlement.breaks import Planted
from payment_engine.mock.settlement.rows import CYCLE, Row, utr_of
from payment_engine.mock.world import World

Line = Mapping[str, str]
_MCC = "5912"


def settlement_file(gateway: str, merchant_id: str, day: date, rows: Iterable[Row]) -> str:
    """The CSV of a day: amounts in rupees, dates in Indian time."""
    columns, line, preamble = _SHAPES[gateway]
    out = io.StringIO()
    if preamble:
        csv.writer(out, lineterminator="\r\n").writerows(preamble(merchant_id, day))
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(line(merchant_id, row) for row in rows)
    return out.getvalue()


def bank_statement(
    world: World, day: date, paid: Mapping[str, int], planted: Iterable[Planted]
) -> str:
    """The merchant's bank account on a day, as CSV: one credit for each payout, by its UTR."""
    lines = []
    wrong = [each for each in planted if each.day == day]
    for gateway, net in paid.items():
        mine = {each.kind: each.paise for each in wrong if each.gateway == gateway}
        credit = net - mine.get("bank_short", 0) + mine.get("bank_over", 0)
        utr = utr_of(world.chance, gateway, day)
        if credit and "bank_missing" not in mine:
            lines.append(_booked(day, f"NEFT CR-{utr}-{gateway.upper()}", utr, credit))
        if "bank_unidentified" in mine:
            odd = utr_of(world.chance, f"{gateway}-odd", day)
            lines.append(_booked(day, f"NEFT CR-{odd}", odd, mine["bank_unidentified"]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Date", "Narration", "UTR", "Debit", "Credit"])
    writer.writerows(lines)
    return out.getvalue()


def _booked(day: date, narration: str, utr: str, paise: int) -> list[str]:
    debit, credit = (_rupees(-paise), "") if paise < 0 else ("", _rupees(paise))
    return [f"{day:%d/%m/%Y}", narration, utr, debit, credit]


def _rupees(paise: int) -> str:
    """Rupees, with a minus where it is one."""
    return ("-" if paise < 0 else "") + rupees_text(abs(paise))


_JUSPAY_COLUMNS = [
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
JUSPAY_TYPES = {
    "charge": "PAY",
    "refund": "REFUND",
    "bounce": "REFUND_REVERSAL",
    "chargeback": "CHARGEBACK",
    "adjustment": "ADJUSTMENT",
}


def _juspay(merchant_id: str, row: Row) -> Line:
    paid = row.kind == "charge"
    return {
        "Merchant ID": merchant_id,
        "Transaction Amount": _rupees(row.paise),
        "Fee": _rupees(row.fee),
        "Tax": _rupees(row.gst),
        "Credit": _rupees(row.net) if row.credit else "",
        "Debit": "" if row.credit else _rupees(-row.net),
        "Settlement Date": f"{row.settled:%d/%m/%Y}",
        "UPI Request Id": row.ref if paid else "",
        "Transaction Type": JUSPAY_TYPES[row.kind],
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
        "Partner Amount": _rupees(row.net),
    }


_PAYTM_COLUMNS = [
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
_PAYTM_TYPES = {
    "charge": "ACQUIRING",
    "refund": "REFUND",
    "bounce": "REPAYMENT",
    "chargeback": "CHARGEBACK",
    "adjustment": "REPAYMENT",
}
_PAYTM_MODES = {"CARD": "CC", "NB": "NB", "UPI": "UPI", "WALLET": "PPI"}


def _paytm(merchant_id: str, row: Row) -> Line:
    return {
        "payoutId": f"{row.settled:%Y%m%d}{row.utr[-6:]}",
        "transactionId": row.ref if row.kind == "charge" else "",
        "orderId": row.order_id,
        "merchantUniqueRef": "" if row.kind == "charge" else row.ref,
        "transactionDate": f"{row.at:%Y-%m-%d %H:%M:%S}",
        "updatedDate": f"{row.settled:%Y-%m-%d} 06:00:00",
        "transactionType": _PAYTM_TYPES[row.kind],
        "status": "SUCCESS" if row.status == "settled" else "PENDING",
        "mid": merchant_id,
        "amount": _rupees(row.paise if row.credit else -row.paise),
        "commission": _rupees(row.fee),
        "gst": _rupees(row.gst),
        "settledAmount": _rupees(row.net),
        "utr": row.utr,
        "payoutDate": f"{row.settled:%Y-%m-%d}",
        "paymentMode": _PAYTM_MODES.get(row.instrument, ""),
    }


_AMAZON_COLUMNS = [
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
_AMAZON_TYPES = {
    "charge": "Capture",
    "refund": "Refund",
    "bounce": "RefundReversal",
    "chargeback": "Chargeback",
    "adjustment": "Reserve",
}


def _amazonpay(_: str, row: Row) -> Line:
    return {
        "TransactionPostedDate": row.at.isoformat(timespec="seconds"),
        "SettlementId": f"{row.settled:%Y%m%d}{row.utr[-6:]}",
        "AmazonTransactionId": row.ref if row.kind == "charge" else row.bank_ref or row.ref,
        "SellerReferenceId": row.order_id if row.kind == "charge" else row.ref,
        "TransactionType": _AMAZON_TYPES[row.kind],
        "CurrencyCode": "INR",
        "TransactionDescription": "" if row.status == "settled" else "Pending",
        "TransactionAmount": _rupees(row.paise if row.credit else -row.paise),
        "TotalTransactionFee": _rupees(-row.fee),
        "TotalTransactionTax": _rupees(-row.gst),
        "NetTransactionAmount": _rupees(row.net),
        "SettlementReference": row.utr,
    }


def _amazon_preamble(merchant_id: str, day: date) -> list[list[str]]:
    begun = f"{day - CYCLE:%Y-%m-%d}T"
    return [
        ["SellerId", "SettlementStartDate", "SettlementEndDate"],
        [merchant_id, f"{begun}00:00:00+05:30", f"{begun}23:59:59+05:30"],
        [],
    ]


_SHAPES: Mapping[
    str,
    tuple[
        list[str],
        Callable[[str, Row], Line],
        Callable[[str, date], list[list[str]]] | None,
    ],
] = {
    "juspay": (_JUSPAY_COLUMNS, _juspay, None),
    "paytm": (_PAYTM_COLUMNS, _paytm, None),
    "amazonpay": (_AMAZON_COLUMNS, _amazonpay, _amazon_preamble),
}
