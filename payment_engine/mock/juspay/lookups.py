"""What can be asked without paying: a card's first digits, and the ways to pay."""

from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.bins import KNOWN, bin_of
from payment_engine.mock.juspay.book import juspay_of
from payment_engine.mock.juspay.purse import WALLETS
from payment_engine.mock.juspay.wire import answer, fields_of, truthy

BANKS = {
    "NB_HDFC": "HDFC Bank",
    "NB_ICICI": "ICICI Bank",
    "NB_SBI": "State Bank of India",
    "NB_AXIS": "Axis Bank",
    "NB_KOTAK": "Kotak Mahindra Bank",
    "NB_YESB": "Yes Bank",
}
_NETWORKS = {"VISA": "Visa", "MASTERCARD": "Mastercard", "RUPAY": "RuPay", "AMEX": "Amex"}
_UPI = {"UPI_COLLECT": "UPI Collect", "UPI_PAY": "UPI Intent"}
_CHECKS = ("mandate_support", "direct_otp_support", "atm_pin_auth_support", "tokenize_support")


async def card_info(request: Request, digits: str) -> HTTPResponse:
    """``GET /cardbins/{6 to 9 digits}``, with the support that the options ask about."""
    fields, found = fields_of(request), bin_of(digits)
    if not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 9):
        raise errors.invalid("bin")
    if not found:
        raise errors.new("RESOURCE_NOT_FOUND", "Card bin not found.", status="NOT_FOUND")
    can = {
        "mandate_support": found.mandates,
        "direct_otp_support": found.direct_otp,
        "atm_pin_auth_support": found.atm_pin,
        "tokenize_support": found.tokenizes,
    }
    return answer(
        {
            "id": digits,
            "object": "cardbin",
            "brand": found.brand,
            "bank": found.bank,
            "country": found.country,
            "type": found.type,
            "card_sub_type": found.sub_type,
            "juspay_bank_code": found.bank_code,
            **{name: can[name] for name in _CHECKS if truthy(fields.get(f"options.check_{name}"))},
        }
    )


async def eligible_bins(request: Request) -> HTTPResponse:
    """``GET /v2/bins/eligibility?auth_type=OTP``: whose code may be entered in the shop."""
    otp = fields_of(request).get("auth_type", "OTP") == "OTP"
    return answer({"bins": [digits for digits, found in KNOWN.items() if found.direct_otp and otp]})


async def payment_methods(request: Request, merchant_id: str) -> HTTPResponse:
    """``GET /merchants/{id}/paymentmethods``."""
    if merchant_id != juspay_of(request).config.merchant_id:
        raise errors.access_denied()
    methods = [
        *_methods("NB", BANKS),
        *_methods("WALLET", WALLETS),
        *_methods("CARD", _NETWORKS),
        *_methods("UPI", _UPI),
    ]
    content: dict[str, Any] = {"payment_methods": methods}
    if truthy(fields_of(request).get("options.add_emandate_payment_methods")):
        content["emandate_payment_methods"] = []
    return answer(content)


async def saved_vpas(request: Request, customer_id: str) -> HTTPResponse:
    """``POST /customers/{id}/payment_methods``: UPI ids that the customer has paid with."""
    juspay = juspay_of(request)
    key, found = juspay.people.key(customer_id), dict[str, dict[str, Any]]()
    for order in juspay.orders.values():
        mine = juspay.people.key(order.fields.get("customer_id", "")) == key
        txn = order.txn if mine else None
        if txn and txn.flow == "COLLECT" and txn.captured:
            count = found.get(txn.payer_vpa, {"count": 0})["count"] + 1
            vpa = {"vpa": txn.payer_vpa, "count": count, "last_used": txn.created}
            found[txn.payer_vpa] = vpa
    details = {"UPI_COLLECT": list(found.values())}
    return answer({"saved_payment_methods": {"payment_method_details": details}})


def _methods(method_type: str, methods: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"payment_method_type": method_type, "payment_method": name, "description": words}
        for name, words in methods.items()
    ]
