"""A broker that is away is tried by one message at a time, with pauses; monitoring looks seldom."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from payment_engine.brokers.base import BrokerAway, BrokerFailure, BrokerMessage, MessageRefused
from payment_engine.brokers.watched import FRESH, WatchedBroker
from payment_engine.db.outbox import ClaimedMessage
from payment_engine.services.queue.signatures import SignedMessage
from payment_engine.services.queue.sinks import BrokerSink, Failed
from tests.seconds import Seconds

AT = datetime(2026, 11, 27, tzinfo=UTC)
CLAIMED = ClaimedMessage(
    id="msg_1",
    merchant_id="mer_1",
    payment_id="pay_1",
    type="payment.paid",
    body="{}",
    attempts=7,
    created_at=AT,
    lease_until=AT,
    notify_url=None,
)
MESSAGE = SignedMessage(CLAIMED, {"webhook-id": "msg_1"}, b"{}")


@dataclass
class FakeBroker:
    """Fails as it is told to."""

    name: str = "Fake"
    failure: BrokerFailure | None = None
    hangs: bool = False
    checks: int = 0
    published: list[BrokerMessage] = field(default_factory=list)

    async def publish(self, message: BrokerMessage) -> None:
        if self.failure:
            raise self.failure
        self.published.append(message)

    async def check(self) -> None:
        self.checks += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure:
            raise self.failure

    async def advice(self) -> str | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""


def sink(broker: FakeBroker, clock: Seconds) -> BrokerSink:
    return BrokerSink(WatchedBroker(broker, clock), clock)


async def test_all_room_is_used_while_the_broker_takes_messages() -> None:
    broker, clock = FakeBroker(), Seconds()
    used = sink(broker, clock)
    assert used.room(128) == 128
    assert await used.send(MESSAGE) is None
    assert [each.headers for each in broker.published] == [{"webhook-id": "msg_1"}]
    assert used.takes(CLAIMED)


async def test_after_failures_one_message_tries_after_pauses_that_grow_to_fifteen_seconds() -> None:
    broker, clock = FakeBroker(failure=BrokerAway("OSError")), Seconds()
    used = sink(broker, clock)
    pauses = []
    for _ in range(6):
        started = clock.now
        assert await used.send(MESSAGE) == Failed("broker: OSError", 1)
        assert await used.send(MESSAGE) == Failed("broker: OSError", 1)
        assert used.room(128) == 0
        while not used.room(128):
            clock.now += 0.5
        assert used.room(128) == 1
        pauses.append(clock.now - started)
    assert pauses == [1, 2, 4, 8, 15, 15]
    broker.failure = None
    assert await used.send(MESSAGE) is None
    assert used.room(128) == 128


async def test_a_message_that_is_refused_waits_by_its_own_tries_and_stops_no_other() -> None:
    broker, clock = FakeBroker(failure=MessageRefused("too large")), Seconds()
    used = sink(broker, clock)
    assert await used.send(MESSAGE) == Failed("broker: too large", 7)
    assert used.room(128) == 128


async def test_monitoring_uses_what_the_last_message_showed() -> None:
    broker, clock = FakeBroker(), Seconds()
    watched = WatchedBroker(broker, clock)
    assert await watched.reached()
    assert broker.checks == 1
    broker.failure = BrokerAway("OSError")
    assert await watched.reached()
    used = BrokerSink(watched, clock)
    await used.send(MESSAGE)
    assert not await watched.reached()
    clock.now += FRESH
    broker.failure = None
    assert await watched.reached()
    assert broker.checks == 2


async def test_a_broker_that_hangs_is_not_reached_and_delays_monitoring_by_a_second_only() -> None:
    watched = WatchedBroker(FakeBroker(hangs=True), Seconds())
    assert not await watched.reached()
    await watched.close()
