"""Delivers webhooks over real HTTP, again and again until they are taken."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import httpx

from payment_engine.mock.clock import Clock

_MOST_UNDER_WAY = 20_000


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
    times: list[str] = field(default_factory=list)
    """When each try was made, in the mock's time."""
    forged: bool = False
    """Whether it only pretends to come from the gateway."""

    def copy(self) -> "Delivery":
        """The same webhook on another way."""
        return replace(self, tries=[], times=[])

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
        self._held: dict[tuple[str, str], list[Delivery]] = {}
        self.under_way = 0
        self.sent: deque[Delivery] = deque(maxlen=keep)

    def send(self, delivery: Delivery, *, delay: float = 0, then: Sequence[Delivery] = ()) -> None:
        """Deliver after ``delay`` seconds, and what is held or comes ``then`` after the first try.

        Returns at once. Beyond twenty thousand under way a webhook is given up untried.
        """
        self.sent.append(delivery)
        held = self._held.pop((delivery.gateway, delivery.order_id), [])
        if self.under_way < _MOST_UNDER_WAY:
            self.under_way += 1
            self._clock.spawn(self._deliver(delivery, delay, [*then, *held]))

    def hold(self, delivery: Delivery, seconds: float) -> None:
        """Keep it until the order's next one has gone out, or for so many seconds."""
        key = (delivery.gateway, delivery.order_id)
        self._held.setdefault(key, []).append(delivery)
        self._clock.later(seconds, lambda: self._release(key, delivery))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client:
            await self._client.aclose()
            self._client = None

    def _release(self, key: tuple[str, str], delivery: Delivery) -> None:
        held = self._held.get(key, [])
        if any(each is delivery for each in held):
            self._held[key] = [each for each in held if each is not delivery]
            self.send(delivery)

    async def _deliver(self, delivery: Delivery, delay: float, then: list[Delivery]) -> None:
        try:
            for wait in (delay, *self._retries):
                await self._clock.sleep(wait)
                delivery.times.append(self._clock.stamp())
                delivery.tries.append(await self._try(delivery))
                while then:
                    self.send(then.pop(0))
                if delivery.delivered:
                    return
        finally:
            self.under_way -= 1

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
