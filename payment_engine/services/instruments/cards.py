"""Saved cards: listed, used to pay, deleted here and at every gateway that has a token."""

from pydantic import SecretStr

from payment_engine.db import jobs
from payment_engine.db.connection import Connection
from payment_engine.db.models import CardToken, SavedCard, owned_by
from payment_engine.domain.cards import CardState, may_become
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.errors import NotFound
from payment_engine.domain.ids import is_id
from payment_engine.domain.jobs import JobKind
from payment_engine.engine import Engine
from payment_engine.services.documents.instruments import SavedCardOut, card_document

LISTED = (CardState.ACTIVE, CardState.SUSPENDED)
"""The states of a card that its owner can see; a token that is not confirmed yet is not listed."""


async def list_cards(customer: CustomerKey) -> list[SavedCardOut]:
    """The customer's saved cards, the last used first."""
    cards = await SavedCard.filter(**owned_by(customer), state__in=LISTED)
    cards.sort(key=lambda card: card.last_used_at or card.created_at, reverse=True)
    return [card_document(card) for card in cards]


async def count_cards(customer: CustomerKey) -> int:
    """How many cards the customer has saved."""
    return await SavedCard.filter(**owned_by(customer), state__in=LISTED).count()


async def find_card(customer: CustomerKey, card_id: str) -> SavedCard:
    """The customer's card of this id; raises NotFound for any other."""
    if not is_id("crd", card_id):
        raise NotFound
    card = await SavedCard.filter(id=card_id, **owned_by(customer)).first()
    if card is None:
        raise NotFound
    return card


async def tokens_of(engine: Engine, card: SavedCard) -> dict[str, SecretStr]:
    """The card's active tokens, by the gateway that issued each; no other gateway can use it."""
    tokens = await CardToken.filter(card_id=card.id, state=CardState.ACTIVE)
    return {
        token.gateway: SecretStr(engine.sealer.open(token.sealed, token.id).decode())
        for token in tokens
        if token.sealed
    }


async def delete_card(engine: Engine, customer: CustomerKey, card_id: str) -> None:
    """Hide a card at once and delete it at every gateway; repeating it is harmless.

    Raises NotFound for a card that is not this customer's.
    """
    await delete_cards(engine, [await find_card(customer, card_id)])


async def delete_cards(engine: Engine, cards: list[SavedCard]) -> None:
    """Hide cards at once; jobs delete them until each gateway has confirmed."""
    for card in cards:
        if may_become(card.state, CardState.DELETE_PENDING):
            async with engine.db.transaction() as tx:
                await _mark_for_deletion(engine, tx, card)


async def _mark_for_deletion(engine: Engine, tx: Connection, card: SavedCard) -> None:
    now = engine.now()
    state = CardState.DELETE_PENDING
    row = SavedCard.filter(id=card.id).using_db(tx)
    await row.update(state=state, ended_at=now, nickname=None)
    tokens = CardToken.filter(card_id=card.id).using_db(tx)
    await tokens.exclude(state=CardState.DELETED).update(state=state)
    token = await tokens.first()
    queue = token.gateway if token else None
    await jobs.enqueue(tx, JobKind.DELETE_CARD, card.id, now, queue)
