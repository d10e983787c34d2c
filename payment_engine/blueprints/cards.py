"""A customer's saved cards, and looking up a card's first digits."""

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.services.documents.instruments import CardFactsOut, CardList
from payment_engine.services.instruments import bins, cards

blueprint = Blueprint("cards")

_OWNERS = {"checkout", "customer"}


@operation(
    blueprint,
    "GET",
    "/v1/cards",
    summary="List the customer's saved cards",
    callers=_OWNERS,
    answers={200: CardList},
)
async def list_cards(call: ApiCall) -> CardList:
    """The last used first; deleted cards disappear at once."""
    return {"cards": await cards.list_cards(call.caller.customer)}


@operation(
    blueprint,
    "DELETE",
    "/v1/cards/<card_id:str>",
    summary="Delete a saved card, here and at its gateways",
    callers=_OWNERS,
    answers={204: None},
    errors=(errors.NotFound,),
)
async def delete_card(call: ApiCall) -> HTTPResponse:
    """204 at once, and again for a card that is already deleted."""
    await cards.delete_card(call.engine, call.caller.customer, call.path["card_id"])
    return HTTPResponse(status=204)


@operation(
    blueprint,
    "GET",
    "/v1/cards/bin/<digits:str>",
    summary="Look up a card by its first 6 to 9 digits",
    callers=_OWNERS | {"service"},
    answers={200: CardFactsOut},
    errors=(errors.InvalidRequest, errors.TooManyRequests),
)
async def look_up_card(call: ApiCall) -> CardFactsOut:
    """What a gateway knows of it, or else our own table of prefixes."""
    return await bins.card_facts(call.engine, call.caller, call.path["digits"], call.ip)
