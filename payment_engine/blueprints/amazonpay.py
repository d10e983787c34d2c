"""What is Amazon Pay's alone: linking its wallet by consent. Webhook and return are elsewhere."""

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import Incoming, operation
from payment_engine.blueprints.schemas.wallets import LinkStarted, WalletOut
from payment_engine.domain import errors
from payment_engine.domain.requests.wallets import WalletConsentIn
from payment_engine.services.idempotency import Answer
from payment_engine.services.instruments import wallets

blueprint = Blueprint("amazonpay")

_NAME = "amazonpay"
_OWNERS = {"checkout", "customer"}


@operation(
    blueprint,
    "POST",
    "/v1/amazonpay/wallet/link",
    summary="Link an Amazon Pay wallet: first for the consent's address, then with its code",
    callers=_OWNERS,
    body=WalletConsentIn,
    secrets=frozenset({"code"}),
    answers={200: WalletOut, 202: LinkStarted},
    errors=(
        errors.LinkNotStarted,
        errors.WrongLinkProof,
        errors.Unsupported,
        errors.Unavailable,
    ),
)
async def link(came: Incoming) -> Answer:
    """202 with where to consent; 200 with the wallet once ``code`` is what came back."""
    if came.body.code is None:
        client = came.body.client.at(came.ip)
        asked = wallets.Asked(client=client, return_url=came.body.return_url)
        return Answer(202, await wallets.start_link(came.engine, came.caller, _NAME, asked))
    found = await wallets.finish_link(came.engine, came.caller, _NAME, came.body.code)
    return Answer(200, found)


@operation(
    blueprint,
    "GET",
    "/v1/amazonpay/wallet",
    summary="The linked Amazon Pay wallet and its balance",
    callers=_OWNERS,
    answers={200: WalletOut},
    errors=(errors.NotFound,),
)
async def read(came: Incoming) -> Answer:
    """The balance is asked for where the last one is older than half a minute."""
    return Answer(200, await wallets.read_wallet(came.engine, came.caller, _NAME))


@operation(
    blueprint,
    "DELETE",
    "/v1/amazonpay/wallet",
    summary="Let the Amazon Pay wallet go",
    callers=_OWNERS,
    answers={204: None},
)
async def unlink(came: Incoming) -> HTTPResponse:
    """204 at once, and again."""
    await wallets.unlink(came.engine, came.caller, _NAME)
    return HTTPResponse(status=204)
