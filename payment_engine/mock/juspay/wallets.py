"""Wallets: created, linked by a one-time password, refreshed and unlinked."""

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
    """``POST /customers/{id}/wallets``; ``command=authenticate`` sends the password as well."""
    juspay, fields = juspay_of(request), fields_of(request)
    customer = juspay.people.one(unquote(customer_id))
    if fields.get("gateway") not in WALLETS:
        raise errors.invalid("gateway")
    mobile = customer.fields.get("mobile_number", "")
    wallet = juspay.purses.open(customer.id, fields["gateway"], mobile)
    wallet.otp_sent = fields.get("command") == "authenticate"
    return answer(_wallet_document(juspay, wallet))


async def list_of_customer(request: Request, customer_id: str) -> HTTPResponse:
    """``GET /customers/{id}/wallets``."""
    juspay = juspay_of(request)
    return _wallet_list(request, juspay.people.one(unquote(customer_id)).id)


async def list_of_order(request: Request, order_id: str) -> HTTPResponse:
    """``GET /orders/{order_id}/wallets``: those of the order's customer."""
    juspay = juspay_of(request)
    order = juspay.order(unquote(order_id))
    return _wallet_list(request, juspay.people.key(order.fields.get("customer_id", "")))


async def refresh_balances(request: Request, customer_id: str) -> HTTPResponse:
    """``GET /customers/{id}/wallets/refresh-balances``."""
    juspay = juspay_of(request)
    customer = juspay.people.one(unquote(customer_id))
    for wallet in juspay.purses.of(customer.id):
        wallet.refreshed = juspay.world.clock.stamp()
    return _wallet_list(request, customer.id)


async def read(request: Request, wallet_id: str) -> HTTPResponse:
    """``GET /wallets/{wallet_id}``; ``command=refresh`` asks the wallet for its balance."""
    juspay, wallet = _wallet_of(request, wallet_id)
    if fields_of(request).get("command") == "refresh":
        wallet.refreshed = juspay.world.clock.stamp()
    return answer(_wallet_document(juspay, wallet))


async def command(request: Request, wallet_id: str) -> HTTPResponse:
    """``POST /wallets/{wallet_id}``: ``authenticate``, ``link`` with ``otp``, or ``delink``.

    A wrong password is no error: the wallet comes back with ``linked`` false.
    """
    juspay, wallet = _wallet_of(request, wallet_id)
    fields = fields_of(request)
    match fields.get("command"):
        case "authenticate":
            wallet.otp_sent = True
        case "link" if wallet.otp_sent and fields.get("otp", "").strip() == RIGHT_OTP:
            wallet.linked, wallet.otp_sent = True, False
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
    wallet = juspay.purses.get(wallet_id)
    if not wallet:
        raise errors.error(
            "RESOURCE_NOT_FOUND",
            "Wallet not found.",
            error_code="object_not_found",
            http_status=404,
        )
    return juspay, wallet


def _wallet_list(request: Request, customer_id: str) -> HTTPResponse:
    juspay = juspay_of(request)
    shown = [_wallet_document(juspay, each) for each in juspay.purses.of(customer_id)]
    return answer(paged(shown, fields_of(request)))


def _wallet_document(juspay: Juspay, wallet: Wallet) -> dict[str, Any]:
    """Only a linked wallet has a balance, and a token that debits it once."""
    linked = wallet.linked
    return {
        "id": wallet.id,
        "object": "wallet_account",
        "wallet": wallet.name,
        "token": juspay.purses.tokens.give(wallet) if linked else None,
        "current_balance": rupees(wallet.balance) if linked else None,
        "linked": linked,
        "last_refreshed": wallet.refreshed,
        "juspay_bank_code": f"JP_{wallet.name}",
        "metadata": {"mobile_number": wallet.mobile},
        "gateway_reference_id": None,
        "sub_details": [],
    }
