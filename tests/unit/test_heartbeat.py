"""The heartbeat over connections that fail on request, without a database."""

import asyncio

import pytest
from structlog.testing import capture_logs

from payment_engine.db.processes import BEAT
from payment_engine.heartbeat import FRESH, Heartbeat


class Flaky:
    """Connections that count statements, and fail or hang while a test says so."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.error: Exception | None = None
        self.hangs = False

    async def fetch(self, statement: str, *_: object) -> list[dict[str, float]]:
        self.statements.append(statement.split()[0])
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return [{"at": 1000.0}] if statement == BEAT else []


def beating(flaky: Flaky, seconds: list[float]) -> Heartbeat:
    return Heartbeat("prc_1", "api", lambda: flaky, clock=lambda: seconds[0], wall=lambda: 1000.0)


async def test_a_process_whose_heartbeat_was_never_written_is_not_fresh() -> None:
    flaky = Flaky()
    flaky.error = ConnectionRefusedError()
    heartbeat = beating(flaky, [0.0])
    await heartbeat.start()
    assert not heartbeat.fresh()
    await heartbeat.stop()


async def test_a_heartbeat_is_fresh_for_five_seconds() -> None:
    seconds = [0.0]
    heartbeat = beating(Flaky(), seconds)
    await heartbeat.renew()
    seconds[0] = FRESH
    assert heartbeat.fresh()
    seconds[0] += 0.01
    assert not heartbeat.fresh()


async def test_a_heartbeat_is_as_old_as_its_statement() -> None:
    seconds = [0.0]

    class Slow(Flaky):
        async def fetch(self, statement: str, *values: object) -> list[dict[str, float]]:
            seconds[0] += FRESH + 1
            return []

    heartbeat = beating(Slow(), seconds)
    await heartbeat.renew()
    assert not heartbeat.fresh()


async def test_many_failures_are_logged_once_and_so_is_their_end() -> None:
    flaky = Flaky()
    flaky.error = OSError("away")
    heartbeat = beating(flaky, [0.0])
    with capture_logs() as logs:
        for _ in range(3):
            await heartbeat.renew()
        flaky.error = None
        for _ in range(2):
            await heartbeat.renew()
    assert [line["event"] for line in logs] == ["heartbeat_failed", "heartbeat_renewed"]
    assert heartbeat.fresh()


async def test_it_recovers_by_itself_and_stops_with_a_record() -> None:
    flaky = Flaky()
    flaky.error = OSError("away")
    heartbeat = beating(flaky, [0.0])
    await heartbeat.start()
    flaky.error = None
    async with asyncio.timeout(2):
        while not heartbeat.fresh():
            await asyncio.sleep(0.02)
    await heartbeat.stop()
    assert flaky.statements == ["INSERT", "INSERT", "UPDATE"]


async def test_start_and_stop_are_bounded_when_the_database_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("payment_engine.heartbeat._STATEMENT", 0.1)
    flaky = Flaky()
    flaky.hangs = True
    heartbeat = beating(flaky, [0.0])
    async with asyncio.timeout(2):
        await heartbeat.start()
        await heartbeat.stop()
    assert not heartbeat.fresh()


@pytest.mark.parametrize(
    ("sent", "received", "offset", "off"),
    [
        (999.0, 1001.0, 0.0, False),
        (1001.5, 1001.6, 1.5, False),
        (1003.0, 1004.0, 3.0, True),
        (990.0, 995.0, -5.0, True),
        (990.0, 1004.0, 0.0, False),
    ],
)
async def test_the_clock_is_off_by_what_no_slow_statement_explains(
    sent: float, received: float, offset: float, *, off: bool
) -> None:
    times = iter([sent, received])
    heartbeat = Heartbeat("prc_1", "api", Flaky, wall=lambda: next(times))
    with capture_logs() as logs:
        await heartbeat.renew()
    assert (heartbeat.clock_offset, heartbeat.clock_is_off()) == (offset, off)
    assert [line["event"] for line in logs] == ["clock_off"] * off
