"""What all imitated gateways share: clock, random choices, ledger, script, webhook sender."""

from collections import deque
from typing import Any

from payment_engine.mock.clock import Clock
from payment_engine.mock.config import MockConfig
from payment_engine.mock.ids import Ids
from payment_engine.mock.ledger import Ledger
from payment_engine.mock.script import Script
from payment_engine.mock.seeded_random import SeededRandom
from payment_engine.mock.webhook_sender import WebhookSender


class World:
    """The shared state of one mock; a reset replaces it by a new one."""

    def __init__(self, config: MockConfig) -> None:
        self.config = config
        self.clock = Clock()
        self.random = SeededRandom(config.seed)
        self.ids = Ids(self.random)
        self.ledger = Ledger(config.max_orders * max(1, len(config.gateways)))
        self.script = Script(self.random, config.max_scripts)
        self.webhook_sender = WebhookSender(self.clock, config.webhook_retries, config.max_requests)
        self.requests: deque[dict[str, Any]] = deque(maxlen=config.max_requests)

    async def end(self) -> None:
        """Stop timers, tasks and webhooks under way."""
        await self.clock.stop()
        await self.webhook_sender.close()
