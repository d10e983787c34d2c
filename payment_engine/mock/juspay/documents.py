"""Orders, transactions, refunds and cards as Juspay prints them."""

import json
from datetime import datetime
from typing import Any

from payment_engine.mock.clock import iso
from payment_engine.mock.juspay.model import (
    AUTHORIZED,
    CHARGED,
    STATUS_IDS,
    Bin,
    Card,
    NetworkToken,
    Order,
    Refund,
    SavedCard,
    Txn,
    bin_of,
)
from payment_engine.mock.money import rupees

GATEWAY = "RAZORPAY"
GATEWAY_ID = 23
_UDFS = tuple(f"udf{number}" for number in range(1, 11))
_ECHOED_FIELDS = (
    "customer_id",
    "customer_email",
    "customer_phone",
    "product_id",
    "return_url",
    *_UDFS,
)


def new_order_document(order: Order, host: str, merchant_id: str) -> dict[str, Any]:
    """An order without an attempt, as its creation answers."""
    amount = rupees(order.amount)
    content = {
        "id": order.id,
        "order_id": order.order_id,
        "merchant_id": merchant_id,
        **_status_fields(order.status),
        "amount": amount,
        "currency": order.currency,
        "date_created": order.created,
        **{name: order.fields.get(name, "") for name in _ECHOED_FIELDS},
        "refunded": False,
        "amount_refunded": 0,
        "effective_amount": amount,
        "offers": [],
        "payment_links": payment_links(order, host),
    }
    if metadata := _metadata(order):
        content["metadata"] = metadata
    if order.client_token and order.client_token_expiry:
        expiry = iso(order.client_token_expiry)
        content["juspay"] = {
            "client_auth_token": order.client_token,
            "client_auth_token_expiry": expiry,
        }
        content |= {"order_expiry": expiry, "source_object": "", "source_object_id": ""}
    return content


def _metadata(order: Order) -> dict[str, str]:
    """What the merchant sent as ``metadata.`` and a name, a gateway's such as ``PAYU:x``."""
    prefix = "metadata."
    sent = order.fields.items()
    return {name.removeprefix(prefix): text for name, text in sent if name.startswith(prefix)}


def payment_links(order: Order, host: str) -> dict[str, str]:
    """``payment_links`` of an order; one official client fails without them."""
    web = f"{host}/merchant/pay/{order.id}"
    return {
        "web": web,
        "mobile": f"{web}?mobile=true",
        "iframe": f"{host}/merchant/ipay/{order.id}",
    }


def order_document(order: Order, host: str, merchant_id: str, now: datetime) -> dict[str, Any]:
    """The order object of status answers, refund answers and webhooks, as of ``now``."""
    content = new_order_document(order, host, merchant_id)
    content |= {
        "refunds": [refund_document(refund) for refund in order.refunds],
        "amount_refunded": rupees(order.amount_refunded),
        "refunded": bool(order.amount_refunded) and order.refundable <= 0,
    }
    return content | _transaction_fields(order, order.txn, now) if order.txn else content


def refund_document(refund: Refund) -> dict[str, Any]:
    """An element of ``refunds``; the bank's reference appears once it has succeeded."""
    content: dict[str, Any] = {
        "unique_request_id": refund.unique_request_id,
        "status": refund.status,
        "amount": rupees(refund.amount),
        "ref": refund.ref,
        "id": None,
        "created": iso(refund.created),
        "sent_to_gateway": refund.status != "PENDING",
        "refund_type": refund.kind,
        "refund_source": refund.source,
        "initiated_by": refund.initiated_by,
        "error_message": refund.error_message,
        "error_code": refund.error_code,
    }
    if refund.arn:
        content["arn"] = refund.arn
    if refund.done and refund.status == "FAILURE":
        content["pg_declined_at"] = refund.done
    elif refund.done:
        speed = {"speed_processed": "normal", "speed_requested": "normal"}
        content |= {"pg_processed_at": refund.done, "metadata": speed}
    return content


def bare_refund_document(order: Order, refund: Refund) -> dict[str, Any]:
    """A refund by itself, as ``POST /refunds`` answers."""
    txn = order.txn
    return {
        "unique_request_id": refund.unique_request_id,
        "txn_id": txn.txn_id if txn else None,
        "order_id": order.order_id,
        "amount": rupees(refund.amount),
        "status": refund.status,
        "created": iso(refund.created),
        "refund_type": refund.kind,
        "refund_source": refund.source,
        "gateway": GATEWAY,
        "epg_txn_id": txn.epg_txn_id if txn else None,
        "reference_id": refund.ref,
        "response_code": refund.error_code,
        "error_message": refund.error_message,
        "refund_arn": refund.arn,
        "authorization_id": txn.auth_id_code or None if txn else None,
        "sent_to_gateway": refund.status != "PENDING",
        "initiated_by": refund.initiated_by,
    }


def _status_fields(status: str) -> dict[str, Any]:
    return {"status": status, "status_id": STATUS_IDS.get(status)}


def _transaction_fields(order: Order, txn: Txn, now: datetime) -> dict[str, Any]:
    content: dict[str, Any] = {
        "txn_id": txn.txn_id,
        "txn_uuid": txn.txn_uuid,
        "payment_method_type": txn.method_type,
        "payment_method": txn.method,
        "auth_type": txn.auth_type,
        "gateway_id": GATEWAY_ID,
        "gateway_reference_id": None,
        "bank_pg": None,
        "rewards_breakup": None,
        "bank_error_code": txn.error_code,
        "bank_error_message": txn.error_message,
        "resp_code": txn.resp_code,
        "resp_message": txn.error_message or None,
        "maximum_eligible_refund_amount": rupees(max(order.refundable, 0)),
        "txn_detail": txn_detail(order, txn),
        "payment_gateway_response": _gateway_response(txn),
    }
    if txn.card:
        content["card"] = card_document(txn, txn.card, now)
    return content | _upi_fields(txn) if txn.upi else content


def txn_detail(order: Order, txn: Txn) -> dict[str, Any]:
    """``txn_detail``: the attempt that the order shows."""
    amount = rupees(txn.amount)
    return {
        "txn_id": txn.txn_id,
        "txn_uuid": txn.txn_uuid,
        "order_id": order.order_id,
        "status": txn.status,
        "error_code": txn.error_code or None,
        "error_message": txn.error_message,
        "net_amount": amount,
        "txn_amount": amount,
        "txn_amount_breakup": _breakup(txn),
        "offer_deduction_amount": None,
        "surcharge_amount": None,
        "tax_amount": None,
        "gateway_id": GATEWAY_ID,
        "gateway": GATEWAY,
        "currency": order.currency,
        "express_checkout": False,
        "redirect": True,
        "created": txn.created,
        "txn_object_type": "ORDER_PAYMENT",
        "txn_flow_type": txn.flow or "REDIRECT",
        "source_object": txn.method,
    }


def _breakup(txn: Txn) -> str:
    """``txn_amount_breakup``: a list as text."""
    base = {"name": "BASE", "value": rupees(txn.amount), "sno": 1, "method": "ADD"}
    return json.dumps([base], separators=(",", ":"))


def txn_document(order: Order, now: datetime) -> dict[str, Any]:
    """The transaction by itself, as TXN_CHARGED and TXN_FAILED show it, as of ``now``."""
    txn = order.txn
    if txn is None:
        return {}
    method = {"payment_method_type": txn.method_type, "payment_method": txn.method}
    card = {"card": card_document(txn, txn.card, now)} if txn.card else {}
    return {
        **txn_detail(order, txn),
        **method,
        **card,
        "status_id": STATUS_IDS.get(txn.status),
        "payment_gateway_response": _gateway_response(txn),
    }


def _gateway_response(txn: Txn) -> dict[str, Any]:
    succeeded = txn.status in CHARGED | AUTHORIZED
    return {
        "resp_code": "SUCCESS" if succeeded else txn.resp_code,
        "resp_message": "SUCCESS" if succeeded else txn.error_message or None,
        "rrn": txn.rrn or None,
        "epg_txn_id": txn.epg_txn_id or None,
        "auth_id_code": txn.auth_id_code or None,
        "txn_id": txn.txn_id,
        "created": txn.created,
    }


def _upi_fields(txn: Txn) -> dict[str, Any]:
    flow = {"PAY": "INTENT"}.get(txn.flow, txn.flow)
    app = {"payer_app_name": "Mock UPI"} if txn.flow == "PAY" else {}
    return {
        "upi": {"payer_vpa": txn.payer_vpa, "txn_flow_type": flow, **app},
        "payer_vpa": txn.payer_vpa,
        **app,
    }


def card_document(txn: Txn, card: Card, now: datetime) -> dict[str, Any]:
    """``card`` of an order: the card that paid, and whether it was saved before or by this."""
    issuer = bin_of(card.isin) or Bin(card.brand)
    used = txn.saved_card
    saved = txn.newly_saved_card or used
    content = {
        "name_on_card": card.name,
        "card_isin": card.isin,
        "card_brand": card.brand,
        "card_type": issuer.type,
        "extended_card_type": issuer.type,
        "card_issuer": issuer.bank,
        "card_reference": saved.reference if saved else "",
        "card_fingerprint": card.fingerprint,
        "last_four_digits": card.last4,
        "expiry_month": card.month,
        "expiry_year": card.year,
        "using_saved_card": used is not None,
        "saved_to_locker": txn.newly_saved_card is not None,
        "using_token": used is not None and used.network_token is not None,
        "tokenization_user_consent": txn.tokenise,
        "juspay_bank_code": issuer.bank_code,
        "card_issuer_country": issuer.country,
    }
    if saved and saved.network_token:
        token = token_document(saved, saved.network_token, now)
        content["token"] = token
        if saved is txn.newly_saved_card:
            names = ("card_reference", "card_fingerprint", "tokenization_status")
            content["token_created"] = {name: token[name] for name in names}
    return content


def token_document(saved: SavedCard, token: NetworkToken, now: datetime) -> dict[str, Any]:
    """``token``: the network's token of a saved card, which has last digits of its own."""
    return {
        "card_reference": token.reference,
        "last_four_digits": token.last4,
        "card_fingerprint": saved.card.fingerprint,
        "card_isin": token.isin,
        "expiry_month": token.month,
        "expiry_year": token.year,
        "par": token.par,
        "tokenization_status": token.status(now),
    }


def masked_number(saved: SavedCard) -> str:
    """``4111-XXXXXXXX-1111``; the first digits of a tokenised card are hidden too."""
    first = "XXXX" if saved.network_token else saved.card.isin[:4]
    return f"{first}-XXXXXXXX-{saved.card.last4}"
