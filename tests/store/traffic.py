"""Exchanges to record, and ways to observe what became of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from payment_engine import metrics
from payment_engine.domain.wire import Exchange
from payment_engine.store.gateway_log import GatewayLog
from payment_engine.store.spool import Spool

START = datetime(2026, 3, 14, 9, 26, 53, 589_000, tzinfo=UTC)
NOBODY = "mongodb://127.0.0.1:1"


def exchange(number: int = 0, **changes: Any) -> Exchange:
    """The exchange that happened ``number`` seconds after the start."""
    fields: dict[str, Any] = {
        "at": START + timedelta(seconds=number),
        "gateway": "juspay",
        "operation": "charge",
        "direction": "out",
        "http_method": "POST",
        "path": "/txns",
        "outcome": "answered",
        "status": 200,
        "latency_ms": 12.5,
        "request": {"amount": "1164.00"},
        "response": {"number": number},
        "context": {"payment": "pay_1", "attempt": f"att_{number}"},
    }
    return Exchange(**fields | changes)


def record(log: GatewayLog, *numbers: int) -> None:
    for number in numbers:
        log.record(exchange(number))


def numbers(exchanges: list[Exchange]) -> list[int]:
    return [each.response["number"] for each in exchanges]


OUTCOMES = ("written", "spilled", "filled", "dropped")


class Outcomes:
    """How many exchanges had each outcome since this was made."""

    def __init__(self) -> None:
        self._before = {outcome: self._total(outcome) for outcome in OUTCOMES}

    def __getitem__(self, outcome: str) -> int:
        return int(self._total(outcome) - self._before[outcome])

    @staticmethod
    def _total(outcome: str) -> float:
        return metrics.raw_log_records.labels(outcome)._value.get()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition is true."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(mongo_url: str | None, spool: Path, **settings: Any) -> AsyncIterator[GatewayLog]:
    """A started log, which has reached its server where it has one."""
    log = GatewayLog(mongo_url, spool_dir=spool, days=7, retry_seconds=0.05, **settings)
    await log.start()
    if mongo_url not in (None, NOBODY):
        await until(lambda: log.healthy)
    try:
        yield log
    finally:
        await log.close(10)


def files(spool: Path) -> list[Path]:
    return sorted(spool.iterdir()) if spool.exists() else []


def spooled(spool: Path) -> list[bytes]:
    return list(Spool(spool, 1).lines())
