"""The two routes that every gateway with a linkable wallet has: read the wallet, unlink it."""

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.services.documents.instruments import WalletOut
from payment_engine.services.instruments import wallets

OWNERS = {"checkout", "customer"}


def add_wallet_routes(blueprint: Blueprint, gateway: str, title: str) -> None:
    """Add to a gateway's blueprint the routes of the wallet that is linked there."""

    @operation(
        blueprint,
        "GET",
        f"/v1/{gateway}/wallet",
        summary=f"Read the linked {title} wallet and its balance",
        callers=OWNERS,
        answers={200: WalletOut},
        name=f"read_{gateway}_wallet",
        errors=(errors.NotFound,),
    )
    async def read(call: ApiCall) -> WalletOut:
        """The balance is fetched from the gateway if the stored one is older than 30 seconds."""
        return await wallets.read_wallet(call.engine, call.caller.customer, gateway)

    @operation(
        blueprint,
        "DELETE",
        f"/v1/{gateway}/wallet",
        summary=f"Unlink the {title} wallet",
        callers=OWNERS,
        answers={204: None},
        name=f"unlink_{gateway}_wallet",
    )
    async def unlink(call: ApiCall) -> HTTPResponse:
        """204 at once, and again if no wallet is linked."""
        await wallets.unlink(call.engine, call.caller.customer, gateway)
        return HTTPResponse(status=204)
