"""Where messages to order services go: to each merchant's address, or all to one broker."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from payment_engine.brokers.base import BrokerAway, BrokerMessage, MessageRefused
from payment_engine.brokers.watched import WatchedBroker
from payment_engine.db.outbox import ClaimedMessage
from payment_engine.domain.gateway import GatewayFailure
from payment_engine.engine import Engine
from payment_engine.services.queue.signatures import SignedMessage

MOST_PER_SHOP = 16
"""How many messages of one merchant are sent to its address at once by one process."""
MOST_TO_BROKER = 128
"""The same to a broker, which no merchant is slower at than another."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
"""Seconds between two tries of a broker that is away, doubled at each."""


@dataclass(frozen=True)
class Failed:
    """Why a message is not known to be delivered. ``tries``: by how many its next try waits."""

    error: str
    tries: int


class Sink(Protocol):
    """Takes messages, any number at once, but of one payment one after the other."""

    per_shop: int

    def room(self, limit: int) -> int:
        """How many of ``limit`` messages it is worth to claim now."""
        ...

    def takes(self, message: ClaimedMessage) -> bool:
        """Whether there is anywhere to send it."""
        ...

    async def send(self, message: SignedMessage) -> Failed | None:
        """Send it; None once it is delivered."""
        ...


def sink_of(engine: Engine) -> Sink:
    """The broker of the settings, or else the merchants' addresses."""
    return BrokerSink(engine.broker, engine.monotonic) if engine.broker else ShopSink(engine)


class ShopSink:
    """A POST to the address of the message's merchant; anything but 2xx is a failure."""

    per_shop = MOST_PER_SHOP

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def room(self, limit: int) -> int:
        """All: a shop that does not answer has its own limit."""
        return limit

    def takes(self, message: ClaimedMessage) -> bool:
        """Whether its merchant gave an address."""
        return message.notify_url is not None

    async def send(self, message: SignedMessage) -> Failed | None:
        """Send it; None if the order service took it."""
        error = await self._post(message, message.claimed.notify_url or "")
        return Failed(error, message.claimed.attempts) if error else None

    async def _post(self, message: SignedMessage, url: str) -> str | None:
        try:
            response = await self._engine.shop.send(
                "notify",
                "POST",
                url,
                headers=message.headers,
                allow=frozenset({"type", "sequence", "id", "order_id", "status"}),
                content=message.body,
                expect_json=False,
            )
        except GatewayFailure as failure:
            return failure.cause.value
        return None if response.status < 300 else f"status {response.status}"


class BrokerSink:
    """Hands messages to a broker. While it is away, one message at a time tries it, with pauses in
    between, and all others wait where they are. ``monotonic`` gives seconds."""

    per_shop = MOST_TO_BROKER

    def __init__(
        self, broker: WatchedBroker, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._broker = broker
        self._monotonic = monotonic
        self._pause = 0.0
        self._again_at = 0.0

    def room(self, limit: int) -> int:
        """One while the broker is away, and none during a pause."""
        if not self._pause:
            return limit
        return min(limit, 1) if self._monotonic() >= self._again_at else 0

    def takes(self, message: ClaimedMessage) -> bool:
        """Every message: merchants need no address of their own."""
        return True

    async def send(self, message: SignedMessage) -> Failed | None:
        """Hand it over; None once the broker has stored it."""
        try:
            await self._broker.publish(_for_broker(message))
        except BrokerAway as error:
            self._wait_longer()
            return Failed(f"broker: {error}", 1)
        except MessageRefused as error:
            return Failed(f"broker: {error}", message.claimed.attempts)
        self._pause = 0.0
        return None

    def _wait_longer(self) -> None:
        """Those that fail together count once."""
        if self._pause and self._monotonic() < self._again_at:
            return
        self._pause = min(2 * self._pause, _LONGEST_PAUSE) or _FIRST_PAUSE
        self._again_at = self._monotonic() + self._pause


def _for_broker(message: SignedMessage) -> BrokerMessage:
    claimed = message.claimed
    return BrokerMessage(
        id=claimed.id,
        merchant_id=claimed.merchant_id,
        type=claimed.type,
        headers=message.headers,
        body=message.body,
    )
