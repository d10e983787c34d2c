"""What every gateway with a wallet to link has alike: reading the link and letting it go."""

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.wallets import WalletOut
from payment_engine.domain import errors
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.instruments import wallets

OWNERS = {"checkout", "customer"}


def linked_wallet(blueprint: Blueprint, gateway: str, title: str) -> None:
    """Give a gateway's blueprint the two routes of the wallet that was linked there."""

    @operation(
        blueprint,
        "GET",
        f"/v1/{gateway}/wallet",
        summary=f"The linked {title} wallet and its balance",
        callers=OWNERS,
        answers={200: WalletOut},
        errors=(errors.NotFound,),
    )
    async def read(came: ApiCall) -> Answer:
        """The balance is asked for where the last one is older than half a minute."""
        return Answer(200, await wallets.read_wallet(came.engine, came.caller, gateway))

    @operation(
        blueprint,
        "DELETE",
        f"/v1/{gateway}/wallet",
        summary=f"Let the {title} wallet go",
        callers=OWNERS,
        answers={204: None},
    )
    async def unlink(came: ApiCall) -> HTTPResponse:
        """204 at once, and again."""
        await wallets.unlink(came.engine, came.caller, gateway)
        return HTTPResponse(status=204)
