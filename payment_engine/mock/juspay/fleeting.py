"""Tokens that stand for something for a quarter of an hour."""

from datetime import datetime, timedelta
from typing import Generic, TypeVar

from payment_engine.mock.world import World

LIFE = timedelta(minutes=15)
Thing = TypeVar("Thing")


class Fleeting(Generic[Thing]):
    """Gives out tokens and knows what they stand for; those long past are forgotten."""

    def __init__(self, world: World, prefix: str) -> None:
        self._world = world
        self._prefix = prefix
        self._held: dict[str, tuple[Thing, datetime]] = {}

    def give(self, thing: Thing) -> str:
        """A new token."""
        now = self._world.clock.now()
        while self._held and next(iter(self._held.values()))[1] < now - LIFE:
            del self._held[next(iter(self._held))]
        token = self._world.ids.hexes(self._prefix, 32)
        self._held[token] = (thing, now + LIFE)
        return token

    def until(self, token: str) -> datetime | None:
        """When it ends or ended; None if nobody knows it."""
        return self._held[token][1] if token in self._held else None

    def find(self, token: str) -> Thing | None:
        """What it stands for; nothing once it has ended."""
        thing, until = self._held.get(token, (None, None))
        return thing if until and self._world.clock.now() <= until else None

    def take(self, token: str) -> Thing | None:
        """What it stands for, and the token is used up by this."""
        thing = self.find(token)
        if thing is not None:
            del self._held[token]
        return thing
