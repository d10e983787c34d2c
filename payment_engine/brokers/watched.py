"""A broker, and whether it was reached lately: for monitoring, which must not wait for it."""

import asyncio
import time
from collections.abc import Callable
from math import inf

import structlog

from payment_engine.brokers.base import Broker, BrokerAway, BrokerMessage

FRESH = 5.0
"""Seconds for which it counts how it was reached last."""
_PATIENCE = 1.0
"""Seconds for which monitoring waits for it."""

_log = structlog.get_logger()


class WatchedBroker:
    """Hands messages over. ``monotonic`` gives seconds."""

    def __init__(self, broker: Broker, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.broker = broker
        self._monotonic = monotonic
        self._reached = True
        self._at = -inf
        self._check: asyncio.Task[None] | None = None

    async def publish(self, message: BrokerMessage) -> None:
        """Returns once the broker has stored the message. Raises BrokerFailure."""
        try:
            await self.broker.publish(message)
        except BrokerAway as error:
            self._record(error)
            raise
        self._record(None)

    async def reached(self) -> bool:
        """Whether it takes messages, by its last use or by a look at it; within a second."""
        if self._monotonic() - self._at >= FRESH:
            if self._check is None or self._check.done():
                self._check = asyncio.create_task(self._look())
            _, waiting = await asyncio.wait((self._check,), timeout=_PATIENCE)
            return self._reached and not waiting
        return self._reached

    async def close(self) -> None:
        """End a look that is under way, and close the broker's connections."""
        if self._check:
            self._check.cancel()
            await asyncio.gather(self._check, return_exceptions=True)
        await self.broker.close()

    async def _look(self) -> None:
        try:
            await self.broker.check()
        except BrokerAway as error:
            self._record(error)
        else:
            self._record(None)

    def _record(self, error: BrokerAway | None) -> None:
        """The log has the first of several failures, and the end of them."""
        if error and self._reached:
            _log.warning("broker_away", broker=self.broker.name, error=str(error))
        elif not error and not self._reached:
            _log.info("broker_reached", broker=self.broker.name)
        self._reached, self._at = error is None, self._monotonic()
