"""Many requests share one statement: all that wait are sent together, a single one at once."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Item, Result]):
    item: Item
    tokens: tuple[object, ...]
    answer: "asyncio.Future[Result]" = field(default_factory=asyncio.Future)


class Batches(Generic[Item, Result]):
    """Groups items into batches and returns the result of each.

    ``run`` does a batch and gives a result for each item, in order. ``tokens`` names what an item
    must not share with another under way, such as its payment. A batch that fails with an
    exception of ``alone`` is retried item by item.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        tokens: Callable[[Item], Iterable[object]] = lambda _: (),
        most: int = 64,
        in_flight: int = 2,
        alone: tuple[type[Exception], ...] = (),
    ) -> None:
        self._run = run
        self._tokens = tokens
        self._most = most
        self._in_flight_most = in_flight
        self._alone = alone
        self._urgent: deque[_Waiting[Item, Result]] = deque()
        self._usual: deque[_Waiting[Item, Result]] = deque()
        self._busy: Counter[object] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pumping = False

    @property
    def waiting(self) -> int:
        """How many items have not been sent yet."""
        return len(self._urgent) + len(self._usual)

    async def do(self, item: Item, *, urgent: bool = False) -> Result:
        """The result of one item; urgent ones go first. Raises what ``run`` raised for it.

        An item is processed even if its caller is cancelled.
        """
        waiting: _Waiting[Item, Result] = _Waiting(item, tuple(self._tokens(item)))
        (self._urgent if urgent else self._usual).append(waiting)
        if not self._pumping:
            self._pumping = True
            asyncio.get_running_loop().call_soon(self._pump)
        return await waiting.answer

    async def drain(self) -> None:
        """Wait until every submitted item is processed."""
        while self._tasks or self._pumping:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)

    def _pump(self) -> None:
        self._pumping = False
        while len(self._tasks) < self._in_flight_most and (batch := self._next()):
            task = asyncio.create_task(self._send(batch))
            self._tasks.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._pump()

    def _next(self) -> list[_Waiting[Item, Result]]:
        batch: list[_Waiting[Item, Result]] = []
        for queue in (self._urgent, self._usual):
            passed_over: list[_Waiting[Item, Result]] = []
            while queue and len(batch) < self._most:
                waiting = queue.popleft()
                if any(self._busy[token] for token in waiting.tokens):
                    passed_over.append(waiting)
                    continue
                self._busy.update(waiting.tokens)
                batch.append(waiting)
            queue.extendleft(reversed(passed_over))
        return batch

    async def _send(self, batch: list[_Waiting[Item, Result]]) -> None:
        try:
            await self._answer(batch)
        finally:
            for waiting in batch:
                self._busy.subtract(waiting.tokens)
                for token in waiting.tokens:
                    if not self._busy[token]:
                        del self._busy[token]

    async def _answer(self, batch: list[_Waiting[Item, Result]]) -> None:
        try:
            results = await self._run([waiting.item for waiting in batch])
        except self._alone as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            for waiting in batch:
                await self._answer([waiting])
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            _fail(batch, error)
        else:
            for waiting, result in zip(batch, results, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(result)


def _fail(batch: Iterable[_Waiting[Item, Result]], error: Exception) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)
