"""Work that must finish although its caller left or the process is stopping."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from payment_engine.domain.errors import EngineError

T = TypeVar("T")

_log = structlog.get_logger()


class Critical:
    """Runs such work in tasks of its own, and can wait for all of them."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the work to its end, even if whoever awaits it is cancelled."""
        return await asyncio.shield(self.spawn(work))

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start the work without waiting for it."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def drain(self, seconds: float) -> None:
        """Wait for the work in progress, ``seconds`` at most."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error and not isinstance(error, EngineError):
            _log.error("critical_work_failed", exc_info=error)
