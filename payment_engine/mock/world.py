"""What every imitated gateway lives in: one clock, one seed, one ledger, one script."""

from collections import deque
from typing import Any

from payment_engine.mock.chance import Chance
from payment_engine.mock.clock import Clock
from payment_engine.mock.config import MockConfig
from payment_engine.mock.ids import Ids
from payment_engine.mock.ledger import Ledger
from payment_engine.mock.postman import Postman
from payment_engine.mock.script import Script


class World:
    """The mock's memory; a new one is as good as a restart."""

    def __init__(self, config: MockConfig) -> None:
        self.config = config
        self.clock = Clock()
        self.chance = Chance(config.seed)
        self.ids = Ids(self.chance)
        self.ledger = Ledger(config.max_orders * max(1, len(config.gateways)))
        self.script = Script(self.chance, config.max_scripts)
        self.postman = Postman(self.clock, config.webhook_retries, config.max_requests)
        self.requests: deque[dict[str, Any]] = deque(maxlen=config.max_requests)

    async def end(self) -> None:
        """Stop everything that is under way."""
        await self.clock.stop()
        await self.postman.close()
