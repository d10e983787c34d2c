"""A customer's saved cards, and what a card's first digits tell."""

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.cards import CardFactsOut, CardList
from payment_engine.domain import errors
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.instruments import bins, cards

blueprint = Blueprint("cards")

_OWNERS = {"checkout", "customer"}


@operation(
    blueprint,
    "GET",
    "/v1/cards",
    summary="The customer's saved cards",
    callers=_OWNERS,
    answers={200: CardList},
)
async def listing(came: ApiCall) -> Answer:
    """The last used first; deleted ones are gone at once."""
    return Answer(200, {"cards": await cards.list_cards(came.caller)})


@operation(
    blueprint,
    "DELETE",
    "/v1/cards/<card_id:str>",
    summary="Forget a card everywhere",
    callers=_OWNERS,
    answers={204: None},
    errors=(errors.NotFound,),
)
async def delete(came: ApiCall) -> HTTPResponse:
    """204 at once, and again for one that is gone already."""
    await cards.delete_card(came.engine, came.caller, came.path["card_id"])
    return HTTPResponse(status=204)


@operation(
    blueprint,
    "GET",
    "/v1/cards/bin/<digits:str>",
    summary="What the first 6 to 9 digits of a card tell",
    callers=_OWNERS | {"service"},
    answers={200: CardFactsOut},
    errors=(errors.InvalidRequest,),
)
async def facts(came: ApiCall) -> Answer:
    """The gateway's word first, our table of prefixes where it has none (CRD-1)."""
    return Answer(200, await bins.card_facts(came.engine, came.path["digits"]))
