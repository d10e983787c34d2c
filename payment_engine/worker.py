"""The worker: runs jobs and delivers messages. Any number of workers may run."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from payment_engine import logs, metrics
from payment_engine.collector import settle
from payment_engine.db.retention import delete_older
from payment_engine.engine import Engine, open_engine
from payment_engine.services import retention
from payment_engine.services.job_handlers import HANDLERS
from payment_engine.services.oncall import worklist
from payment_engine.services.queue import delivery, runner
from payment_engine.settings import Settings

BATCH = 20
"""How many jobs of one queue, and how many messages, a worker claims at once."""

SWEEP_SECONDS = 600.0
_PROCESS_ROWS = timedelta(days=7)
"""How long the row of a process is stored after its last heartbeat."""

_log = structlog.get_logger()

Round = Callable[[Engine], Awaitable[int]]
"""Does what is due; returns how much that was."""


async def work(settings: Settings) -> None:
    """Run until the process is told to stop; what was claimed is finished first."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with open_engine(settings, role="worker") as engine:
        with metrics.serve(settings.host, settings.worker_port):
            settle()
            await run_rounds(engine, settings, stop)
    _log.info("worker_stopped")


async def run_rounds(engine: Engine, settings: Settings, stop: asyncio.Event) -> None:
    """Run every kind of round in a loop of its own, until ``stop`` is set."""
    _log.info("worker_started", gateways=sorted(engine.gateways))
    poll = settings.worker_poll
    rounds: list[tuple[str, Round, float]] = [
        *(
            (f"jobs_{queue or 'other'}", partial(queue_round, queue=queue), poll)
            for queue in queues(engine)
        ),
        ("outbox", outbox_round, poll),
        ("overdue", worklist.count_overdue, SWEEP_SECONDS),
        ("housekeeping", retention.sweep, SWEEP_SECONDS),
        ("processes", process_round, SWEEP_SECONDS),
    ]
    await asyncio.gather(*(repeat(engine, name, each, stop, wait) for name, each, wait in rounds))


async def repeat(
    engine: Engine, name: str, do_round: Round, stop: asyncio.Event, wait: float
) -> None:
    """Do rounds as long as there is work, and pause ``wait`` seconds where there is none.

    A round that fails, because the database is away for example, is logged and tried again.
    """
    while not stop.is_set():
        try:
            busy = await do_round(engine)
        except Exception:  # noqa: BLE001 - no failure of a round may end the loop
            _log.exception("round_failed", round=name)
            busy = 0
        else:
            metrics.worker_round.labels(name).set_to_current_time()
        if not busy:
            await _pause(stop, wait)


def queues(engine: Engine) -> list[str | None]:
    """A queue of jobs per gateway, so that a slow one delays only its own; None: all other jobs."""
    return [*engine.gateways, None]


async def job_round(engine: Engine) -> int:
    """One round of every queue, concurrently."""
    rounds = (queue_round(engine, queue=queue) for queue in queues(engine))
    return sum(await asyncio.gather(*rounds))


async def queue_round(engine: Engine, *, queue: str | None) -> int:
    """Claim due jobs of one queue and run them concurrently."""
    other_than = None if queue else list(engine.gateways)
    claimed = await runner.claim(engine, BATCH, gateway=queue, other_than=other_than)
    await _run_all([runner.run(engine, job, HANDLERS) for job in claimed])
    return len(claimed)


async def outbox_round(engine: Engine) -> int:
    """Claim due messages and deliver them concurrently, those of one payment one by one."""
    claimed = await delivery.claim(engine, BATCH)
    await _run_all([delivery.deliver(engine, message) for message in claimed])
    return len(claimed)


async def process_round(engine: Engine) -> int:
    """Delete the rows of processes that ended a week ago; returns 0, since more can wait."""
    await delete_older(engine.db.connection, "process", engine.now() - _PROCESS_ROWS, BATCH * 100)
    return 0


async def _run_all(work: list[Coroutine[Any, Any, None]]) -> None:
    """Run each in a context of its own, so that its log lines carry its own ids."""

    async def run_alone(each: Coroutine[Any, Any, None]) -> None:
        logs.clear()
        await each

    await asyncio.gather(*(asyncio.create_task(run_alone(each)) for each in work))


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
