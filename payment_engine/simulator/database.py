"""The database that all simulated processes share: atomic statements, and answers that get lost."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from payment_engine.domain.commit import Commit, CommitResult, FateUnknown
from payment_engine.domain.store import BatchRefused

if TYPE_CHECKING:
    from payment_engine.simulator.world import World

_GIVES_UP_AFTER = 10.0
"""Seconds after which PostgreSQL ends a statement that hangs."""
_LATEST = 3.0
"""Seconds within which a statement whose connection broke may still be carried out."""

Statement = Callable[[], Coroutine[Any, Any, Any]]


class Database:
    """Runs each statement at one moment, and answers a little later, unless a fault has it."""

    def __init__(self, world: "World") -> None:
        self._world = world

    async def run(self, name: str, statement: Statement, batch: Sequence[Commit] = ()) -> Any:
        """The result of a statement; raises FateUnknown or ConnectionError if it is lost."""
        world = self._world
        fault = world.fault(f"database.{name}", f"{len(batch)} changes" if batch else "")
        if world.away("database"):
            fault = "lost_before"
        answer: asyncio.Future[Any] = world.loop.create_future()
        world.later(world.latency(0.004), self._arrive, name, statement, batch, answer, fault)
        return await answer

    def _arrive(
        self,
        name: str,
        statement: Statement,
        batch: Sequence[Commit],
        answer: "asyncio.Future[Any]",
        fault: str | None,
    ) -> None:
        world = self._world
        lost = FateUnknown("ConnectionError") if name == "commit" else ConnectionError(name)
        if fault == "hang":
            world.later(_GIVES_UP_AFTER, _fail, answer, lost)
        elif fault == "lost_before":
            world.later(world.latency(0.004), _fail, answer, lost)
        elif fault == "arrives_late":
            world.later(world.random.uniform(0, _LATEST), self._carry_out, name, statement, batch)
            world.later(world.latency(0.004), _fail, answer, lost)
        elif fault in ("deadlock", "refused"):
            refusal = BatchRefused(fault, passing=fault == "deadlock" or len(batch) == 1)
            world.later(world.latency(0.004), _fail, answer, refusal)
        else:
            result = self._carry_out(name, statement, batch)
            failed = lost if fault == "lost_after" else result
            settle = _fail if isinstance(failed, Exception) else _succeed
            world.later(world.latency(0.004), settle, answer, failed)

    def _carry_out(self, name: str, statement: Statement, batch: Sequence[Commit]) -> Any:
        """Run the statement to its end at once, and check what it left behind."""
        try:
            statement().send(None)
        except StopIteration as done:
            for change, result in zip(batch, done.value if batch else (), strict=True):
                if result is CommitResult.WRITTEN:
                    self._world.checks.committed(change)
            self._world.stored(name)
            return done.value
        except Exception as error:  # noqa: BLE001 - the process gets whatever went wrong
            return error
        raise RuntimeError("a statement of the store in memory waited")


class Remote:
    """A store as a process sees it: each of its methods is a statement sent to the database."""

    def __init__(self, database: Database, store: Any) -> None:
        self._database = database
        self._store = store

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def send(*values: Any, **named: Any) -> Any:
            batch = tuple(values[0]) if name == "commit" else ()
            return self._database.run(name, lambda: method(*values, **named), batch)

        setattr(self, name, send)
        return send


def _fail(answer: "asyncio.Future[Any]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _succeed(answer: "asyncio.Future[Any]", result: Any) -> None:
    if not answer.done():
        answer.set_result(result)
