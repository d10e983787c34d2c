"""The mock's time: what it is now, what happens later, and what runs meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta


class Clock:
    """UTC, moved forward on request; holds every timer and task so that all can be ended."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        """The time in the mock."""
        return datetime.now(UTC) + self._ahead

    def stamp(self) -> str:
        """The time as ``2026-01-05T10:00:00Z``."""
        return iso(self.now())

    def advance(self, seconds: float) -> None:
        """Let things age; timers that run keep their real length."""
        self._ahead += timedelta(seconds=seconds)

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Do ``action`` after so many real seconds."""

        def act() -> None:
            self._timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(seconds, act)
        self._timers.add(timer)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run ``work`` beside the requests."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Drop every timer and end every task."""
        self.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cancel(self) -> None:
        """Drop every timer and ask every task to end."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()


def iso(moment: datetime) -> str:
    """``2026-01-05T10:00:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
