"""An event loop on virtual time: nothing waits, and a seed decides what runs next.

Time moves to the next timer when nothing is ready. Of all that is ready, one is drawn. What belongs
to a process that was killed never runs again: its tasks stay where they awaited, and not even their
``finally`` blocks run, as if the machine had lost its power.
"""

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any, TypeVar, TypeVarTuple, cast

T = TypeVar("T")
Args = TypeVarTuple("Args")


class Owner:
    """Whose code runs: a process that can be killed. ``steps`` counts the turns of its code."""

    def __init__(self) -> None:
        self.dead = False
        self.steps = 0
        self.dies_at: int | None = None
        """Killed before its code takes this turn."""
        self.on_death: Callable[[], None] = lambda: None
        self.tasks: list[asyncio.Task[Any]] = []


_owner: ContextVar[Owner | None] = ContextVar("owner", default=None)


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs coroutines to their end without a clock, a socket or a thread."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self._now = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self.world: Context = copy_context()
        """The context of what no kill stops: gateways, customers, shops, the database."""
        self.failure: Exception | None = None
        self.set_exception_handler(_raise_own)
        self.tasks: list[asyncio.Task[Any]] = []
        """Every task that was made, so that none of a killed process is cleared away early."""

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now

    def call_at(
        self,
        when: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call at a virtual time."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call after so many virtual seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def start_for(self, owner: Owner, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run a coroutine as the code of a process; what it starts belongs to that, too."""
        context = self.world.copy()
        context.run(_owner.set, owner)
        return self.create_task(work, context=context)

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run a coroutine that no kill stops."""
        return self.create_task(work, context=self.world.copy())

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> "asyncio.Task[T]":
        """Start a task in the current context, or another."""
        work = cast(Coroutine[Any, Any, T], coro)
        task: asyncio.Task[T] = asyncio.Task(work, loop=self, context=context)
        self.tasks.append(task)
        owner = context.get(_owner) if context else _owner.get()
        if owner is not None:
            owner.tasks.append(task)
        return task

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run until this coroutine has ended; raises the failure that ended everything before."""
        task = self.start(work)
        task.add_done_callback(lambda _: self.stop(), context=self.world)
        self.run_forever()
        if self.failure:
            raise self.failure
        return task.result()

    def fail(self, error: Exception) -> None:
        """End everything; the first failure counts."""
        self.failure = self.failure or error
        self.stop()

    async def pause(self, seconds: float) -> None:
        """Wait so many virtual seconds."""
        await asyncio.sleep(seconds)

    def forget(self) -> None:
        """Clear away what never ended; its last words have no effect any more."""
        self.close()
        for task in self.tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                _closed(task.get_coro())
        self.tasks.clear()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer is passed over when its time comes."""

    def _process_events(self, event_list: Any) -> None:
        """There are none: no sockets."""

    def _run_once(self) -> None:
        ready: Any = self._ready  # type: ignore[attr-defined]
        while not ready:
            self._move_on(ready)
        if len(ready) > 1:
            ready.rotate(-int(self._random.random() * len(ready)))
        handle = ready.popleft()
        if handle._cancelled:
            return
        owner = handle._context.get(_owner)
        if owner is not None:
            if owner.dead:
                return
            owner.steps += 1
            if owner.steps == owner.dies_at:
                owner.on_death()
                return
        handle._run()

    def _move_on(self, ready: Any) -> None:
        """Let the next timer be due, with those of the same moment."""
        timers = self._timers
        if not timers:
            raise Deadlock
        self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            handle = heapq.heappop(timers)[2]
            if not handle._cancelled:
                ready.append(handle)


class Deadlock(Exception):
    """Nothing is ready, nothing will be, and somebody still waits."""


def _raise_own(loop: Any, context: dict[str, Any]) -> None:
    """An error in a callback of the simulator ends it; that nobody awaits a future is no error."""
    if "handle" in context:
        loop.fail(context["exception"])


def _closed(work: Any) -> None:
    """Unwind a coroutine; one that awaits while it is unwound is unwound again."""
    for _ in range(5):
        try:
            work.close()
        except BaseException:  # noqa: BLE001, S112 - nobody is left to hear of it
            continue
        return
