"""The ways to pay, and whether a UPI id exists."""

import re
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.model import WALLETS
from payment_engine.mock.juspay.state import juspay_of
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
_UPI_METHODS = {"UPI_COLLECT": "UPI Collect", "UPI_PAY": "UPI Intent"}


async def payment_methods(request: Request, merchant_id: str) -> HTTPResponse:
    """``GET /merchants/{id}/paymentmethods``."""
    if merchant_id != juspay_of(request).config.merchant_id:
        raise errors.access_denied()
    methods = [
        *_method_documents("NB", BANKS),
        *_method_documents("WALLET", WALLETS),
        *_method_documents("CARD", _NETWORKS),
        *_method_documents("UPI", _UPI_METHODS),
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


def _method_documents(method_type: str, methods: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"payment_method_type": method_type, "payment_method": name, "description": words}
        for name, words in methods.items()
    ]


_VPA = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z0-9]{2,64}")


async def verify_vpa(request: Request) -> HTTPResponse:
    """VALID but for names starting with ``invalid``; an INVALID one is HTTP 200 as well."""
    vpa = fields_of(request).get("vpa", "")
    if not _VPA.fullmatch(vpa):
        raise errors.invalid("vpa")
    valid = not vpa.lower().startswith("invalid")
    content = {
        "vpa": vpa,
        "status": "VALID" if valid else "INVALID",
        "mandate_details": {"is_handle_supported": valid},
    }
    return answer(content | {"customer_name": "verified"} if valid else content)
