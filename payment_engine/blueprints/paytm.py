"""Linking a Paytm wallet by OTP. Webhooks and returns use the routes of all gateways."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.wallets import add_wallet_routes
from payment_engine.domain import errors
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.wallets import WalletOtpIn, WalletOtpProof
from payment_engine.services.documents.instruments import LinkStarted, WalletOut
from payment_engine.services.instruments.wallet_links import LinkInput, finish_link, start_link

blueprint = Blueprint("paytm")

_NAME = "paytm"


@operation(
    blueprint,
    "POST",
    "/v1/paytm/wallet/otp",
    summary="Send an OTP to link a Paytm wallet",
    callers={"checkout"},
    body=WalletOtpIn,
    max_body=sizes.DEVICE,
    answers={202: LinkStarted},
    errors=(errors.Unsupported, errors.Unavailable),
)
async def send_paytm_otp(call: ApiCall[WalletOtpIn]) -> LinkStarted:
    """The link is valid for the payment of this checkout only: Paytm ties it to one order."""
    link_input = LinkInput(phone=call.body.phone, client=call.body.client.at(call.ip))
    return await start_link(call.engine, call.caller, _NAME, link_input)


@operation(
    blueprint,
    "POST",
    "/v1/paytm/wallet/link",
    summary="Link a Paytm wallet with the OTP",
    callers={"checkout"},
    body=WalletOtpProof,
    secrets=frozenset({"otp"}),
    answers={200: WalletOut},
    errors=(errors.LinkNotStarted, errors.WrongLinkProof, errors.Unavailable),
)
async def link_paytm_wallet(call: ApiCall[WalletOtpProof]) -> WalletOut:
    """Three wrong OTPs end the link."""
    return await finish_link(call.engine, call.caller, _NAME, call.body.otp)


add_wallet_routes(blueprint, _NAME, "Paytm")
