"""The worker: runs jobs and delivers messages. Any number of workers may run."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog

from payment_engine import metrics
from payment_engine.collector import settle
from payment_engine.db import job_queues
from payment_engine.db.job_queues import Queue
from payment_engine.db.jobs import ClaimedJob
from payment_engine.db.outbox import ClaimedMessage
from payment_engine.db.retention import delete_older
from payment_engine.domain.wire import JOBS_AT_ONCE
from payment_engine.engine import Engine, open_engine
from payment_engine.probe_server import Pulse, serve
from payment_engine.services import retention
from payment_engine.services.attempts.orphans import check_soon
from payment_engine.services.erasure import Erasure
from payment_engine.services.oncall import monitoring
from payment_engine.services.oncall.jobs import run_job
from payment_engine.services.oncall.readiness import ready_probe
from payment_engine.services.queue import delivery, runner
from payment_engine.services.queue.stream import Pause, Stream, wait_for
from payment_engine.settings import Settings

SWEEP_SECONDS = 600.0
ORPHAN_SECONDS = 10.0
_SWEPT = 2000
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
        pulse = Pulse()
        probes = {"/live": pulse.fault, "/ready": ready_probe(engine, stop)}
        registry = metrics.registry(monitoring.gauges_of(engine))
        with serve(settings.host, settings.worker_port, registry, probes):
            beating = asyncio.create_task(pulse.beat())
            settle()
            await run_rounds(engine, settings, stop)
            beating.cancel()
    _log.info("worker_stopped")


async def run_rounds(engine: Engine, settings: Settings, stop: asyncio.Event) -> None:
    """Run every stream and every kind of round in a loop of its own, until ``stop`` is set."""
    _log.info("worker_started", gateways=sorted(engine.gateways))
    rounds: list[tuple[str, Round, float]] = [
        ("housekeeping", retention.sweep, SWEEP_SECONDS),
        ("erasure", Erasure().walk, SWEEP_SECONDS),
        ("processes", process_round, SWEEP_SECONDS),
        ("orphans", check_soon, ORPHAN_SECONDS),
    ]
    poll = settings.worker_poll
    await asyncio.gather(
        *(stream.work_until(stop, poll) for stream in job_streams(engine)),
        outbox_stream(engine).work_until(stop, poll),
        *(repeat(engine, name, each, stop, wait) for name, each, wait in rounds),
    )


async def repeat(
    engine: Engine, name: str, do_round: Round, stop: asyncio.Event, wait: float
) -> None:
    """Do rounds as long as there is work, and pause ``wait`` seconds where there is none.

    A round that fails, because the database is away for example, is tried again.
    """
    pause = Pause(name)
    while not stop.is_set():
        try:
            busy = await do_round(engine)
        except Exception as error:  # noqa: BLE001 - no failure of a round may end the loop
            await pause.after(error, stop)
            continue
        pause.over()
        metrics.worker_round.labels(name).set_to_current_time()
        if not busy:
            await wait_for(stop, wait)


def job_streams(engine: Engine) -> list[Stream[ClaimedJob]]:
    """A queue of jobs per gateway, so that a slow one delays only its own; one for webhooks, which
    call no gateway; and one for all other jobs."""
    webhooks = _stream(engine, "jobs_webhooks", job_queues.WEBHOOKS)
    return [
        *(job_stream(engine, gateway) for gateway in engine.gateways),
        webhooks,
        other_jobs(engine),
    ]


def job_stream(engine: Engine, gateway: str) -> Stream[ClaimedJob]:
    """The jobs that call one gateway: as many at once as calls to it may be in flight."""
    most = engine.gateways[gateway].wire.most_in_flight
    return _stream(engine, f"jobs_{gateway}", job_queues.of_gateway(gateway), most)


def other_jobs(engine: Engine) -> Stream[ClaimedJob]:
    """The jobs that call no gateway, or one that is configured no longer."""
    return _stream(engine, "jobs_other", job_queues.of_none_of(list(engine.gateways)))


def _stream(
    engine: Engine, name: str, queue: Queue, most: int = JOBS_AT_ONCE
) -> Stream[ClaimedJob]:
    claim = partial(runner.claim, engine, queue)
    return Stream(name, claim, partial(run_job, engine), most=most)


def outbox_stream(engine: Engine) -> Stream[ClaimedMessage]:
    """The messages to order services, those of one payment one by one."""
    outbox = delivery.Outbox(engine)
    return Stream("outbox", outbox.claim, outbox.deliver, most=JOBS_AT_ONCE)


async def process_round(engine: Engine) -> int:
    """Delete the rows of processes that ended a week ago; returns 0, since more can wait."""
    await delete_older(engine.db.connection, "process", engine.now() - _PROCESS_ROWS, _SWEPT)
    return 0
