"""The simulated shop's end of the outbox: what it has heard of each payment, in which order."""

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from payment_engine.domain.gateway import Unknown
from payment_engine.gateways.http import Answer

if TYPE_CHECKING:
    from payment_engine.simulator.world import World

_TIMEOUT = 15.0


class ShopEndpoint:
    """Takes messages, fails by the plan, and notices gaps and changed contents."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.received: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        """By payment: the id and document of each message that counted, in sequence."""

    async def receive(self, message_id: str, content: bytes) -> Answer:
        """The answer to one delivery; raises Unknown if there is none."""
        world, answer = self._world, self._world.loop.create_future()
        fault = world.fault("shop", "")
        down = world.away("shop")
        world.later(world.latency(0.1), self._arrive, message_id, content, answer, fault, down)
        try:
            async with asyncio.timeout(_TIMEOUT):
                result: Answer = await answer
                return result
        except TimeoutError:
            raise Unknown("the shop does not answer") from None

    def _arrive(
        self,
        message_id: str,
        content: bytes,
        answer: "asyncio.Future[Answer]",
        fault: str | None,
        down: bool,  # noqa: FBT001 - passed on by the loop
    ) -> None:
        if down or fault == "error":
            self._world.later(0.05, _answer, answer, 503)
        elif fault == "hang":
            delay = self._world.random.uniform(0, _TIMEOUT)
            self._world.later(delay, self._take, message_id, content)
        else:
            self._take(message_id, content)
            if fault != "lost_answer":
                self._world.later(0.05, _answer, answer, 200)

    def _take(self, message_id: str, content: bytes) -> None:
        body = orjson.loads(content)
        document = body["data"]["payment"]
        received = self.received.setdefault(document["id"], [])
        sequence, world = body["sequence"], self._world
        world.trace(f"shop has message {sequence} of {document['id']}: {body['type']}")
        if sequence == len(received) + 1:
            received.append((message_id, document))
        elif sequence > len(received):
            world.broken(f"message {sequence} arrived, {len(received)} were there before")
        elif received[sequence - 1] != (message_id, document):
            world.broken(f"message {sequence} arrived again with another id or content")
        world.checks.acknowledged(document)


def _answer(answer: "asyncio.Future[Answer]", status: int) -> None:
    if not answer.done():
        answer.set_result(Answer(status, {}, b""))
