"""The job loop: the same services as the API, no HTTP. Any number of workers may run."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog

from payment_engine import logs, metrics
from payment_engine.engine import Engine, open_engine
from payment_engine.services import retention
from payment_engine.services.job_handlers import HANDLERS
from payment_engine.services.oncall import worklist
from payment_engine.services.queue import delivery, runner
from payment_engine.settings import Settings

BATCH = 20
"""How many jobs, and how many messages, one worker has in hand at once."""

SWEEP_SECONDS = 600.0

_log = structlog.get_logger()

Round = Callable[[Engine], Awaitable[int]]
"""Does what is due and says how much that was."""


async def work(settings: Settings) -> None:
    """Run until told to stop; what is in hand is finished first."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with open_engine(settings) as engine:
        with metrics.serve(settings.host, settings.worker_port):
            await run_rounds(engine, settings, stop)
    _log.info("worker_stopped")


async def run_rounds(engine: Engine, settings: Settings, stop: asyncio.Event) -> None:
    """Every kind of round in a loop of its own until ``stop`` is set."""
    _log.info("worker_started", gateways=sorted(engine.gateways))
    poll = settings.worker_poll
    rounds: list[tuple[str, Round, float]] = [
        *(
            (f"jobs_{lane or 'other'}", partial(lane_round, lane=lane), poll)
            for lane in lanes(engine)
        ),
        ("outbox", outbox_round, poll),
        ("overdue", worklist.count_overdue, SWEEP_SECONDS),
        ("housekeeping", retention.sweep, SWEEP_SECONDS),
    ]
    await asyncio.gather(*(repeat(engine, name, one, stop, wait) for name, one, wait in rounds))


async def repeat(engine: Engine, name: str, one: Round, stop: asyncio.Event, wait: float) -> None:
    """Do rounds for as long as there is work, and wait (seconds) where there is none.

    A round that fails (the database went away) is logged and tried again: the loop lives on.
    """
    while not stop.is_set():
        try:
            busy = await one(engine)
        except Exception:  # noqa: BLE001 - the loop outlives whatever one round met
            _log.exception("round_failed", round=name)
            busy = 0
        else:
            metrics.worker_round.labels(name).set_to_current_time()
        if not busy:
            await _pause(stop, wait)


def lanes(engine: Engine) -> list[str | None]:
    """Each gateway's jobs run apart, so that one that hangs delays no other's; None: the rest."""
    return [*engine.gateways, None]


async def job_round(engine: Engine) -> int:
    """One round of every lane, side by side."""
    return sum(await asyncio.gather(*(lane_round(engine, lane=lane) for lane in lanes(engine))))


async def lane_round(engine: Engine, *, lane: str | None) -> int:
    """Claim due jobs of one lane and do them side by side."""
    others = None if lane else list(engine.gateways)
    claimed = await runner.claim(engine, BATCH, gateway=lane, other_than=others)
    await _side_by_side([runner.run(engine, job, HANDLERS) for job in claimed])
    return len(claimed)


async def outbox_round(engine: Engine) -> int:
    """Claim due messages and deliver them side by side; one payment's go one by one."""
    claimed = await delivery.claim(engine, BATCH)
    await _side_by_side([delivery.deliver(engine, message) for message in claimed])
    return len(claimed)


async def _side_by_side(works: list[Any]) -> None:
    """Each in a context of its own, so that log lines carry their own ids."""

    async def alone(one: Any) -> None:
        logs.clear()
        await one

    await asyncio.gather(*(asyncio.create_task(alone(one)) for one in works))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
