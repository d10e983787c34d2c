"""What Prometheus gets from an API or a worker: counters of the process, and gauges that are read
from the database."""

import asyncio
import platform
from collections.abc import Mapping
from math import nan

from prometheus_client.metrics_core import Metric

from payment_engine import __version__
from payment_engine.engine import Engine
from payment_engine.metrics import Gauges
from payment_engine.services.routing.downtimes import providers_of
from payment_engine.signals import Values

_PATIENCE = 5.0
"""Seconds after which the scrape of a process that hangs fails."""


async def read_gauges(engine: Engine) -> list[Metric]:
    """The gauges of all processes and of this one, at most a few seconds old.

    A slow or absent database delays them by a second at most, and then shows in their age.
    """
    await engine.signals.refresh()
    routes = {name: gateway.methods for name, gateway in engine.gateways.items()}
    return [*engine.signals.families(routes, await _own(engine), providers_of(engine))]


def gauges_of(engine: Engine) -> Gauges:
    """The same, for a scrape in another thread than the one in whose loop this is called."""
    loop = asyncio.get_running_loop()

    def read() -> list[Metric]:
        return asyncio.run_coroutine_threadsafe(read_gauges(engine), loop).result(_PATIENCE)

    return read


async def _own(engine: Engine) -> Mapping[str, Values]:
    db, raw_log = engine.db, engine.raw_log
    pools = {"payments": db.pool, "heartbeat": db.apart, "oncall": db.oncall}
    return {
        "clock_offset_seconds": {(): engine.heartbeat.clock_offset},
        "pool_connections": {(name,): pool.in_use for name, pool in pools.items()},
        "pool_size": {(name,): pool.size for name, pool in pools.items()},
        "pool_waiting": {(name,): pool.waiting for name, pool in pools.items()},
        "spool_bytes": {(): await _spilled(engine)},
        "spool_size_bytes": {(): raw_log.spool_size},
        "mongodb_reached": {(): int(raw_log.healthy)} if raw_log.uses_mongodb else {},
        "replica_lag_seconds": {(): await db.replica.lag()} if db.replica else {},
        "replica_lag_most_seconds": {(): db.replica.most} if db.replica else {},
        "broker_reached": await _reached(engine),
        "build_info": {(__version__, platform.python_version()): 1},
    }


async def _reached(engine: Engine) -> Values:
    return {(): int(await engine.broker.reached())} if engine.broker else {}


async def _spilled(engine: Engine) -> float:
    """Of a folder that cannot be read, nothing is known."""
    try:
        return await engine.raw_log.spilled_bytes()
    except OSError:
        return nan
