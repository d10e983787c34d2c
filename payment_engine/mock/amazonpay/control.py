"""Actions that only Amazon Pay has: wallets, consents and the subscription."""

from typing import Any
from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.amazonpay.model import Wallet
from payment_engine.mock.amazonpay.state import amazonpay_of
from payment_engine.mock.amazonpay.webhooks import subscribe
from payment_engine.mock.control.request import body_of
from payment_engine.mock.imitation import Impossible


def control_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("amazonpay-control", url_prefix="/control/amazonpay")
    routes.add_route(list_wallets, "/wallets", methods=["GET"])
    routes.add_route(change_wallet, "/wallets/<customer>", methods=["POST"])
    routes.add_route(link_wallet, "/wallets/<customer>/link", methods=["POST"])
    routes.add_route(revoke_links, "/wallets/<customer>/revoke", methods=["POST"])
    routes.add_route(ask_subscription, "/subscription", methods=["POST"])
    routes.exception(Impossible)(_bad_request)
    return routes


async def list_wallets(request: Request) -> HTTPResponse:
    """The wallet of every customer who was named so far."""
    return json({"wallets": list(map(_wallet_json, amazonpay_of(request).wallets.values()))})


async def change_wallet(request: Request, customer: str) -> HTTPResponse:
    """Set ``balance`` (paise) or ``kyc``, or both."""
    wallet = amazonpay_of(request).wallet(unquote(customer))
    body = body_of(request)
    balance = body.get("balance", wallet.balance)
    kyc = body.get("kyc", wallet.kyc)
    if type(balance) is not int or balance < 0 or type(kyc) is not bool:
        raise Impossible("balance is a whole number of paise, and kyc true or false")
    wallet.balance = balance
    wallet.kyc = kyc
    return json(_wallet_json(wallet))


async def link_wallet(request: Request, customer: str) -> HTTPResponse:
    """Tokens without the consent page, for scripts; ``web`` ones need the client secret."""
    amazonpay = amazonpay_of(request)
    web = bool(body_of(request).get("web", True))
    access, refresh = amazonpay.links.create(amazonpay.wallet(unquote(customer)), web=web)
    return json({"access_token": access, "refresh_token": refresh})


async def revoke_links(request: Request, customer: str) -> HTTPResponse:
    """Revoke every consent of the customer, and so their tokens."""
    amazonpay_of(request).links.revoke(unquote(customer))
    return json({"revoked": customer})


async def ask_subscription(request: Request) -> HTTPResponse:
    """Ask the notification address to confirm; nothing else is sent until it does."""
    amazonpay = amazonpay_of(request)
    if amazonpay.config.notify_url:
        subscribe(amazonpay)
    return json({"asked": amazonpay.config.notify_url is not None})


def _bad_request(_: Request, error: Exception) -> HTTPResponse:
    return json({"error": str(error)}, status=400)


def _wallet_json(wallet: Wallet) -> dict[str, Any]:
    return {"customer": wallet.customer, "balance": wallet.balance, "kyc": wallet.kyc}
