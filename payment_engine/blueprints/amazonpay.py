"""Linking an Amazon Pay wallet by consent. Webhooks and returns use the routes of all gateways."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.wallets import OWNERS, add_wallet_routes
from payment_engine.domain import errors
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.wallets import WalletConsentIn
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.documents.instruments import LinkStarted, WalletOut
from payment_engine.services.instruments.wallet_links import LinkInput, finish_link, start_link

blueprint = Blueprint("amazonpay")

_NAME = "amazonpay"


@operation(
    blueprint,
    "POST",
    "/v1/amazonpay/wallet/link",
    summary="Link an Amazon Pay wallet: start the consent, or finish it with its code",
    callers=OWNERS,
    body=WalletConsentIn,
    max_body=sizes.DEVICE,
    secrets=frozenset({"code"}),
    answers={200: WalletOut, 202: LinkStarted},
    errors=(
        errors.LinkNotStarted,
        errors.WrongLinkProof,
        errors.Unsupported,
        errors.Unavailable,
    ),
)
async def link_amazonpay_wallet(call: ApiCall[WalletConsentIn]) -> Answer:
    """Without ``code``: 202 and the page to consent on. With the ``code`` it returned: 200."""
    if call.body.code is not None:
        wallet = await finish_link(call.engine, call.caller, _NAME, call.body.code)
        return Answer.done(wallet)
    client = call.body.client.at(call.ip)
    link_input = LinkInput(client=client, return_url=call.body.return_url)
    return Answer.accepted(await start_link(call.engine, call.caller, _NAME, link_input))


add_wallet_routes(blueprint, _NAME, "Amazon Pay")
