"""Payment methods, the UPI ids that a customer has paid with, and whether one exists."""

import re
from collections.abc import Iterator
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.model import WALLETS, Txn
from payment_engine.mock.juspay.state import Juspay, juspay_of
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
_VPA = re.compile(r"[A-Za-z0-9._-]{1,256}@[A-Za-z0-9]{2,64}")
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
    found: dict[str, dict[str, Any]] = {}
    for txn in _txns_of_customer(juspay, customer_id):
        if txn.flow == "COLLECT" and txn.captured:
            count = found.get(txn.payer_vpa, {"count": 0})["count"] + 1
            vpa = {"vpa": txn.payer_vpa, "count": count, "last_used": txn.created}
            found[txn.payer_vpa] = vpa
    details = {"UPI_COLLECT": list(found.values())}
    return answer({"saved_payment_methods": {"payment_method_details": details}})


def _txns_of_customer(juspay: Juspay, customer_id: str) -> Iterator[Txn]:
    registered_id = juspay.customers.id_of(customer_id)
    for order in juspay.orders.values():
        owner_id = juspay.customers.id_of(order.fields.get("customer_id", ""))
        if owner_id == registered_id and order.txn:
            yield order.txn


def _method_documents(method_type: str, methods: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"payment_method_type": method_type, "payment_method": name, "description": label}
        for name, label in methods.items()
    ]


async def verify_vpa(request: Request) -> HTTPResponse:
    """``POST /v2/upi/verify-vpa``: INVALID, at HTTP 200, for ids that start with ``invalid``."""
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
