"""Sends webhooks over real HTTP, with retries until the receiver answers 200."""

import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import httpx

from payment_engine.mock.clock import Clock

_MOST_UNDER_WAY = 20_000


@dataclass
class Delivery:
    """One webhook, and the HTTP status of each attempt to deliver it (0: no answer)."""

    gateway: str
    event_id: str
    event: str
    order_id: str
    url: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    tries: list[int] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    """When each attempt was made, in the mock's time."""
    forged: bool = False
    """Whether it only pretends to come from the gateway."""

    def copy(self) -> "Delivery":
        """The same webhook, not sent yet."""
        return replace(self, tries=[], times=[])

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.tries[-1:] == [200]


class WebhookSender:
    """Sends each webhook in a task of its own, so that one slow receiver delays no other."""

    def __init__(self, clock: Clock, retries: tuple[float, ...], most_recorded: int) -> None:
        self._clock = clock
        self._retries = retries
        self._client: httpx.AsyncClient | None = None
        self._postponed: dict[tuple[str, str], list[Delivery]] = {}
        self.under_way = 0
        self.sent: deque[Delivery] = deque(maxlen=most_recorded)

    def send(self, delivery: Delivery, *, delay: float = 0, then: Sequence[Delivery] = ()) -> None:
        """Send after ``delay`` seconds; after its first attempt send those of ``then``, and those
        that were postponed until the order's next webhook.

        Returns at once. While 20,000 are under way, a further webhook is recorded but not sent.
        """
        self.sent.append(delivery)
        postponed = self._postponed.pop((delivery.gateway, delivery.order_id), [])
        if self.under_way < _MOST_UNDER_WAY:
            self.under_way += 1
            self._clock.spawn(self._deliver(delivery, delay, [*then, *postponed]))

    def postpone(self, delivery: Delivery, seconds: float) -> None:
        """Send it after the order's next webhook, or after so many seconds without one."""
        key = (delivery.gateway, delivery.order_id)
        self._postponed.setdefault(key, []).append(delivery)
        self._clock.later(seconds, lambda: self._release(key, delivery))

    async def close(self) -> None:
        """Close the connections to receivers."""
        if self._client:
            await self._client.aclose()
            self._client = None

    def _release(self, key: tuple[str, str], delivery: Delivery) -> None:
        postponed = self._postponed.get(key, [])
        if any(each is delivery for each in postponed):
            self._postponed[key] = [each for each in postponed if each is not delivery]
            self.send(delivery)

    async def _deliver(self, delivery: Delivery, delay: float, then: list[Delivery]) -> None:
        try:
            for wait in (delay, *self._retries):
                await self._clock.sleep(wait)
                delivery.times.append(self._clock.stamp())
                delivery.tries.append(await self._post(delivery))
                while then:
                    self.send(then.pop(0))
                if delivery.delivered:
                    return
        finally:
            self.under_way -= 1

    async def _post(self, delivery: Delivery) -> int:
        """The HTTP status of one attempt; 0 if nobody answered."""
        if not self._client:
            self._client = httpx.AsyncClient(trust_env=False, timeout=10, verify=_authorities())
        try:
            response = await self._client.post(
                delivery.url,
                content=delivery.body,
                headers=delivery.headers,
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0
        return response.status_code


@cache
def _authorities() -> ssl.SSLContext:
    """Made once: reading the authorities takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)
