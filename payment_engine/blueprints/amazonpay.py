"""What is Amazon Pay's alone: linking its wallet by consent. Webhook and return are elsewhere."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.wallets import LinkStarted, WalletOut
from payment_engine.blueprints.wallets import OWNERS, linked_wallet
from payment_engine.domain import errors
from payment_engine.domain.requests.wallets import WalletConsentIn
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.instruments import wallets

blueprint = Blueprint("amazonpay")

_NAME = "amazonpay"


@operation(
    blueprint,
    "POST",
    "/v1/amazonpay/wallet/link",
    summary="Link an Amazon Pay wallet: first for the consent's address, then with its code",
    callers=OWNERS,
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
async def link(came: ApiCall) -> Answer:
    """202 with where to consent; 200 with the wallet once ``code`` is what came back."""
    if came.body.code is None:
        client = came.body.client.at(came.ip)
        asked = wallets.Asked(client=client, return_url=came.body.return_url)
        return Answer(202, await wallets.start_link(came.engine, came.caller, _NAME, asked))
    found = await wallets.finish_link(came.engine, came.caller, _NAME, came.body.code)
    return Answer(200, found)


linked_wallet(blueprint, _NAME, "Amazon Pay")
