"""Wallets: created, linked by a one-time code, refreshed and unlinked."""

from typing import Any
from urllib.parse import unquote

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.model import WALLETS, Wallet
from payment_engine.mock.juspay.state import Juspay, juspay_of
from payment_engine.mock.juspay.wire import answer, fields_of, paged
from payment_engine.mock.money import rupees

RIGHT_OTP = "000000"


async def create(request: Request, customer_id: str) -> HTTPResponse:
    """``POST /customers/{id}/wallets``; ``command=authenticate`` also sends a one-time code."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    customer = juspay.customers.get(unquote(customer_id))
    if fields.get("gateway") not in WALLETS:
        raise errors.invalid("gateway")
    mobile = customer.fields.get("mobile_number", "")
    wallet = juspay.wallets.open(customer.id, fields["gateway"], mobile)
    wallet.otp_sent = fields.get("command") == "authenticate"
    return answer(_wallet_document(juspay, wallet))


async def list_of_customer(request: Request, customer_id: str) -> HTTPResponse:
    """``GET /customers/{id}/wallets``."""
    juspay = juspay_of(request)
    return _wallet_list(request, juspay.customers.get(unquote(customer_id)).id)


async def list_of_order(request: Request, order_id: str) -> HTTPResponse:
    """``GET /orders/{order_id}/wallets``: those of the order's customer."""
    juspay = juspay_of(request)
    order = juspay.order(unquote(order_id))
    return _wallet_list(request, juspay.customers.id_of(order.fields.get("customer_id", "")))


async def refresh_balances(request: Request, customer_id: str) -> HTTPResponse:
    """``GET /customers/{id}/wallets/refresh-balances``."""
    juspay = juspay_of(request)
    customer = juspay.customers.get(unquote(customer_id))
    for wallet in juspay.wallets.of(customer.id):
        wallet.refreshed = juspay.world.clock.stamp()
    return _wallet_list(request, customer.id)


async def read(request: Request, wallet_id: str) -> HTTPResponse:
    """``GET /wallets/{wallet_id}``; ``command=refresh`` updates the balance first."""
    juspay, wallet = _wallet_of(request, wallet_id)
    if fields_of(request).get("command") == "refresh":
        wallet.refreshed = juspay.world.clock.stamp()
    return answer(_wallet_document(juspay, wallet))


async def command(request: Request, wallet_id: str) -> HTTPResponse:
    """``POST /wallets/{wallet_id}``: ``authenticate``, ``link`` with ``otp``, or ``delink``.

    A wrong code is no error: the wallet is answered with ``linked`` false.
    """
    juspay, wallet = _wallet_of(request, wallet_id)
    fields = fields_of(request)
    match fields.get("command"):
        case "authenticate":
            wallet.otp_sent = True
        case "link" if wallet.otp_sent and fields.get("otp", "").strip() == RIGHT_OTP:
            wallet.linked = True
            wallet.otp_sent = False
        case "link":
            wallet.linked = False
        case "delink":
            wallet.linked = wallet.otp_sent = False
        case "refresh":
            wallet.refreshed = juspay.world.clock.stamp()
        case _:
            raise errors.invalid("command")
    return answer(_wallet_document(juspay, wallet))


def _wallet_of(request: Request, wallet_id: str) -> tuple[Juspay, Wallet]:
    juspay = juspay_of(request)
    wallet = juspay.wallets.find(wallet_id)
    if not wallet:
        raise errors.no_such_wallet()
    return juspay, wallet


def _wallet_list(request: Request, customer_id: str) -> HTTPResponse:
    juspay = juspay_of(request)
    documents = [_wallet_document(juspay, each) for each in juspay.wallets.of(customer_id)]
    return answer(paged(documents, fields_of(request)))


def _wallet_document(juspay: Juspay, wallet: Wallet) -> dict[str, Any]:
    """Only a linked wallet has a balance, and a token that debits it once."""
    linked = wallet.linked
    return {
        "id": wallet.id,
        "object": "wallet_account",
        "wallet": wallet.name,
        "token": juspay.wallets.tokens.issue(wallet) if linked else None,
        "current_balance": rupees(wallet.balance) if linked else None,
        "linked": linked,
        "last_refreshed": wallet.refreshed,
        "juspay_bank_code": f"JP_{wallet.name}",
        "metadata": {"mobile_number": wallet.mobile},
        "gateway_reference_id": None,
        "sub_details": [],
    }
