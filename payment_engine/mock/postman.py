"""Delivers webhooks over real HTTP, again and again until they are taken."""

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace

import httpx

from payment_engine.mock.clock import Clock


@dataclass
class Delivery:
    """One webhook on its way, and the HTTP status of each try (0: nobody answered)."""

    gateway: str
    event_id: str
    event: str
    order_id: str
    url: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    tries: list[int] = field(default_factory=list)

    def copy(self) -> "Delivery":
        """The same webhook on another way."""
        return replace(self, tries=[])

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.tries[-1:] == [200]


class Postman:
    """Sends each delivery by itself, so that one deaf receiver holds up no other."""

    def __init__(self, clock: Clock, retries: tuple[float, ...], keep: int) -> None:
        self._clock = clock
        self._retries = retries
        self._client: httpx.AsyncClient | None = None
        self.sent: deque[Delivery] = deque(maxlen=keep)

    def send(self, delivery: Delivery, *, delay: float = 0) -> None:
        """Deliver after ``delay`` seconds; returns at once."""
        self.sent.append(delivery)
        self._clock.spawn(self._deliver(delivery, delay))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client:
            await self._client.aclose()
            self._client = None

    async def _deliver(self, delivery: Delivery, delay: float) -> None:
        for wait in (delay, *self._retries):
            await asyncio.sleep(wait)
            delivery.tries.append(await self._try(delivery))
            if delivery.delivered:
                return

    async def _try(self, delivery: Delivery) -> int:
        if not self._client:
            self._client = httpx.AsyncClient(trust_env=False, timeout=10)
        try:
            answer = await self._client.post(
                delivery.url,
                content=delivery.body,
                headers=delivery.headers,
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0
        return answer.status_code
