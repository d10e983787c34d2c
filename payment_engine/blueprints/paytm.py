"""What is Paytm's alone: linking its wallet by OTP. Its webhook and return are with the others'."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.wallets import LinkStarted, WalletOut
from payment_engine.blueprints.wallets import linked_wallet
from payment_engine.domain import errors
from payment_engine.domain.requests.wallets import WalletOtpIn, WalletOtpProof
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.instruments import wallets

blueprint = Blueprint("paytm")

_NAME = "paytm"


@operation(
    blueprint,
    "POST",
    "/v1/paytm/wallet/otp",
    summary="Send an OTP to link a Paytm wallet",
    callers={"checkout"},
    body=WalletOtpIn,
    answers={202: LinkStarted},
    errors=(errors.Unsupported, errors.Unavailable),
)
async def send_otp(came: ApiCall) -> Answer:
    """The link lives within this checkout's payment, as Paytm's does."""
    asked = wallets.Asked(phone=came.body.phone, client=came.body.client.at(came.ip))
    started = await wallets.start_link(came.engine, came.caller, _NAME, asked)
    return Answer(202, started)


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
async def link(came: ApiCall) -> Answer:
    """Three wrong OTPs end the link."""
    found = await wallets.finish_link(came.engine, came.caller, _NAME, came.body.otp)
    return Answer(200, found)


linked_wallet(blueprint, _NAME, "Paytm")
