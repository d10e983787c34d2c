"""What became of a payment in upper-case fields: for browsers, webhooks and wallet answers."""

from collections.abc import Mapping

from payment_engine.mock.money import rupees_text
from payment_engine.mock.paytm.book import Paytm, moment
from payment_engine.mock.paytm.checksum import signed_form
from payment_engine.mock.paytm.model import Attempt, Order
from payment_engine.mock.paytm.results import MESSAGES

BANKS: Mapping[str, str] = {
    "HDFC": "HDFC Bank",
    "ICICI": "ICICI Bank",
    "SBI": "State Bank of India",
    "AXIS": "Axis Bank",
    "NKMB": "Kotak Bank",
    "PNB": "Punjab National Bank",
}
_MODES: Mapping[str, str] = {
    "CREDIT_CARD": "CC",
    "DEBIT_CARD": "DC",
    "NET_BANKING": "NB",
    "UPI": "UPI",
    "UPI_INTENT": "UPI",
    "BALANCE": "PPI",
    "PAYTM_DIGITAL_CREDIT": "PPI",
    "EMI": "EMI",
}
_GATEWAYS: Mapping[str, str] = {
    "UPI": "PPBLC",
    "UPI_INTENT": "PPBLC",
    "BALANCE": "WALLET",
    "PAYTM_DIGITAL_CREDIT": "PAYTMCC",
}


def payment_mode(attempt: Attempt) -> str:
    """``CC``, ``DC``, ``NB``, ``UPI``, ``PPI`` (a wallet) or ``EMI``."""
    return _MODES.get(attempt.mode, attempt.mode)


def gateway_name(attempt: Attempt) -> str:
    """Who processed it."""
    return _GATEWAYS.get(attempt.mode) or attempt.bank or "HDFC"


def bank_name(attempt: Attempt) -> str:
    """The payer's bank; UPI does not say."""
    if attempt.mode == "NET_BANKING":
        return BANKS.get(attempt.bank, attempt.bank)
    return "" if attempt.upi else "WALLET" if attempt.mode == "BALANCE" else "Test Bank"


def words(attempt: Attempt) -> str:
    """What the result code says."""
    return MESSAGES.get(attempt.code, "") if attempt.message is None else attempt.message


def callback(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, str]:
    """What a browser brings back, signed; what is not known yet is left out."""
    return signed_form(receipt(paytm, order, attempt), paytm.key, paytm.salt())


def receipt(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, str]:
    """The fields of a callback, unsigned."""
    fields = {
        "ORDERID": order.order_id,
        "MID": paytm.config.merchant_id,
        "TXNAMOUNT": rupees_text(attempt.paise),
        "CURRENCY": "INR",
        "STATUS": attempt.status,
        "RESPCODE": attempt.code,
        "RESPMSG": words(attempt),
    }
    begun = attempt.txn_id and {
        "TXNID": attempt.txn_id,
        "PAYMENTMODE": payment_mode(attempt),
        "TXNDATE": moment(attempt.done or attempt.created),
        "GATEWAYNAME": gateway_name(attempt),
        "BANKTXNID": attempt.bank_txn_id,
        "BANKNAME": bank_name(attempt),
    }
    more = {"MERC_UNQ_REF": _unique_reference(order), "VPA": attempt.vpa}
    return fields | {n: v for n, v in ((begun or {}) | more).items() if v}


def _unique_reference(order: Order) -> str:
    extended = order.asked.get("extendInfo")
    return str(extended.get("mercUnqRef") or "") if isinstance(extended, dict) else ""
