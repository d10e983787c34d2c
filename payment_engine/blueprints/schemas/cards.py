"""How saved cards look to their owners."""

from typing import Literal

from payment_engine.blueprints.schemas.payments import Out


class SavedCardOut(Out):
    """A saved card: four digits at most, and no expiry."""

    id: str
    network: str
    kind: Literal["credit", "debit", "prepaid"] | None
    issuer: str | None
    last4: str
    last4_source: Literal["card", "token"]
    nickname: str | None
    state: Literal["active", "suspended"]
    cvv: Literal["optional", "required"]
    created_at: str
    last_used_at: str | None


class CardList(Out):
    """All cards of one customer."""

    cards: list[SavedCardOut]


class CardFactsOut(Out):
    """What first digits tell; ``source`` says who said it."""

    network: str | None
    kind: str | None
    issuer: str | None
    country: str | None
    tokenizable: bool | None
    lengths: list[int]
    cvv_length: int | None
    source: Literal["gateway", "prefix"]
