"""The raw gateway log: accepts exchanges at once and writes them off the payment path."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import structlog
from bson.raw_bson import RawBSONDocument

from payment_engine import metrics
from payment_engine.domain.wire import Exchange
from payment_engine.store.record import (
    BadLine,
    Fields,
    as_document,
    as_exchange,
    as_line,
    read_line,
)
from payment_engine.store.spool import Spool, read_lines

if TYPE_CHECKING:
    from payment_engine.store.collection import Exchanges

logger = structlog.get_logger()

_BATCH = 100
"""How many exchanges are written at once."""
_LINGER_SECONDS = 0.05
"""How long a batch that is not full waits for more."""


_MOST_READ = 16 * 1024 * 1024
"""Bytes of the spool that are read at most to find exchanges."""
_FOLLOWED_SECONDS = 0.5
"""How long a reader waits at most for what was recorded just before to be written."""
_MOST_FOUND = 1000


@dataclass(frozen=True)
class FoundExchanges:
    """Exchanges, oldest first; not ``complete`` if there are more than were read: ``omitted``
    earlier ones, None if nobody knows how many. Those that only MongoDB has are missing while it
    does not answer, whatever this says."""

    exchanges: list[Exchange]
    complete: bool
    omitted: int | None = 0


class GatewayLog:
    """A bounded queue of exchanges; one task writes them, another fills in what was spilled.

    Without ``mongo_url``, or while MongoDB does not answer, exchanges are spilled to files in
    ``spool_dir``, which several processes may share. MongoDB deletes an exchange after ``days``;
    while it does not answer, it is tried every ``retry_seconds``.
    """

    def __init__(
        self,
        mongo_url: str | None,
        *,
        spool_dir: Path,
        days: int,
        queue_size: int = 10_000,
        spool_bytes: int = 256 * 1024 * 1024,
        retry_seconds: float = 2.0,
    ) -> None:
        self._mongo_url = mongo_url
        self._days = days
        self._retry_seconds = retry_seconds
        self.spool_size = spool_bytes
        self._spool = Spool(spool_dir, spool_bytes)
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(queue_size)
        self._batch: list[bytes] = []
        self._collection: Exchanges | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._mongo: Literal["new", "reached", "lost"] = "new"
        self._closed = False
        self._looking = asyncio.Lock()

    @property
    def uses_mongodb(self) -> bool:
        """Whether exchanges are to go to MongoDB at all."""
        return self._mongo_url is not None

    @property
    def healthy(self) -> bool:
        """Whether MongoDB answered last time, so that exchanges go there."""
        return self._mongo == "reached"

    async def ping(self) -> str | None:
        """Why MongoDB does not answer now; None if it does."""
        collection = _collection(self._mongo_url or "", self._days)
        try:
            await collection.connect()
        except collection.Error as error:
            return f"{type(error).__name__} {error}".splitlines()[0][:200]
        finally:
            collection.close()
        return None

    async def spilled_bytes(self) -> int:
        """How much is in the spool, which processes may share. Raises OSError."""
        return await asyncio.to_thread(self._spool.size)

    def record(self, exchange: Exchange) -> None:
        """Queue one exchange; returns at once and never raises. Call it from the loop's thread."""
        try:
            if self._closed:
                raise asyncio.QueueFull
            self._queue.put_nowait(as_line(exchange))
            metrics.raw_log_queue.set(self._queue.qsize())
        except asyncio.QueueFull:
            _count("dropped", 1)
        except Exception as error:  # noqa: BLE001 - a log must not fail the payment it describes
            _count("dropped", 1)
            logger.error("raw_log_refused", error=type(error).__name__)  # noqa: TRY400 - a traceback might show it

    async def start(self) -> None:
        """Start writing, without waiting for MongoDB. Raises PyMongoError for a malformed URL."""
        if self._mongo_url:
            self._collection = _collection(self._mongo_url, self._days)
            self._tasks.append(asyncio.create_task(self._watch(self._collection)))
        self._tasks.append(asyncio.create_task(self._write()))

    async def close(self, grace_seconds: float) -> None:
        """Write the queue for ``grace_seconds`` at most; what is left then goes to the spool."""
        self._closed = True
        if self._tasks:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), grace_seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._spill(self._batch + self._drain())
        with suppress(OSError):
            await asyncio.to_thread(self._spool.release)
        if self._collection is not None:
            self._collection.close()

    async def exchanges(
        self, *, payment: str | None = None, attempt: str | None = None, limit: int = 200
    ) -> list[Exchange]:
        """The latest ``limit`` exchanges of a payment or attempt, oldest first, spilled or not.

        While MongoDB does not answer, only those that were spilled.
        """
        ids = {"payment": payment, "attempt": attempt}
        context = {name: value for name, value in ids.items() if value is not None}
        return (await self._find([context], 0, limit)).exchanges

    async def of_payment(
        self, payment: str, attempts: Iterable[str], since: datetime
    ) -> FoundExchanges:
        """The exchanges of a payment and of its attempts, none of them before ``since``."""
        contexts = [{"payment": payment}, *({"attempt": attempt} for attempt in attempts)]
        return await self._find(contexts, since.timestamp(), _MOST_FOUND)

    async def of_request(self, request_id: str) -> FoundExchanges:
        """The calls to gateways that a request to us led to, or the webhook that it was."""
        return await self._find([{"request_id": request_id}], 0, _MOST_FOUND)

    async def _find(
        self, contexts: Sequence[Mapping[str, str]], since: float, limit: int
    ) -> FoundExchanges:
        """What has one of the contexts, oldest first. One look at the spool at a time, since it
        takes the loop's processor."""
        await self._caught_up()
        async with self._looking:
            spilled, all_read = await asyncio.to_thread(self._spilled, contexts, since)
        stored = await self._stored(contexts, limit)
        records = {fields["_id"]: fields for fields in (*spilled, *stored)}
        ordered = sorted(records.values(), key=lambda fields: (fields["at"], fields["_id"]))
        latest = ordered[-limit:]
        complete = all_read and len(ordered) <= limit
        omitted = 0 if complete else None
        if all_read and not complete:
            omitted = await self._count_omitted(contexts, spilled, len(latest))
        return FoundExchanges(_exchanges(latest), complete=complete, omitted=omitted)

    async def _caught_up(self) -> None:
        """Wait until what was recorded is written, if that is soon."""
        if self._tasks:
            with suppress(TimeoutError):
                async with asyncio.timeout(_FOLLOWED_SECONDS):
                    await self._queue.join()

    async def _count_omitted(
        self, contexts: Sequence[Mapping[str, str]], spilled: Sequence[Fields], found: int
    ) -> int | None:
        """How many exchanges there are besides those ``found``; None if MongoDB does not answer.

        Those that were in the spool are counted once, though they may be in MongoDB by now.
        """
        ids = {fields["_id"] for fields in spilled}
        if self._collection is None:
            return len(ids) - found
        try:
            return len(ids) + await self._collection.count(contexts, besides=ids) - found
        except self._collection.Error as error:
            self._lost(error)
            return None

    async def _write(self) -> None:
        while True:
            self._batch.append(await self._queue.get())
            with suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_SECONDS):
                    while len(self._batch) < _BATCH:
                        self._batch.append(await self._queue.get())
            await self._store(self._batch)
            for _ in self._batch:
                self._queue.task_done()
            self._batch = []
            metrics.raw_log_queue.set(self._queue.qsize())

    async def _store(self, lines: list[bytes]) -> None:
        if self.healthy and self._collection is not None:
            try:
                _count("written", await self._insert(self._collection, lines))
                return
            except Exception as error:  # noqa: BLE001 - whatever the driver raises, there is the spool
                self._lost(error)
        await self._spill(lines)

    async def _spill(self, lines: list[bytes]) -> None:
        if not lines:
            return
        try:
            dropped = await asyncio.to_thread(self._spool.append, lines)
        except OSError as error:
            _count("dropped", len(lines))
            logger.error("raw_log_not_spilled", error=str(error), lost=len(lines))  # noqa: TRY400
            return
        _count("spilled", len(lines))
        _count("dropped", dropped)

    async def _watch(self, collection: "Exchanges") -> None:
        while True:
            try:
                await collection.connect()
                self._reached()
                await self._fill(collection)
            except Exception as error:  # noqa: BLE001 - whatever it was, try again later
                self._lost(error)
            await asyncio.sleep(self._retry_seconds)

    async def _fill(self, collection: "Exchanges") -> None:
        while (claimed := await asyncio.to_thread(self._spool.claim)) is not None:
            lines = await asyncio.to_thread(read_lines, claimed)
            for start in range(0, len(lines), _BATCH):
                chunk = lines[start : start + _BATCH]
                _count("filled", await self._insert(collection, chunk))
            await asyncio.to_thread(self._spool.remove, claimed)

    async def _insert(self, collection: "Exchanges", lines: list[bytes]) -> int:
        documents = _documents(lines)
        inserted = await collection.insert(documents)
        _count("dropped", len(lines) - len(documents))
        return inserted

    async def _stored(self, contexts: Sequence[Mapping[str, str]], limit: int) -> list[Fields]:
        if self._collection is None:
            return []
        try:
            return await self._collection.latest(contexts, limit + 1)
        except self._collection.Error as error:
            self._lost(error)
            return []

    def _spilled(
        self, contexts: Sequence[Mapping[str, str]], since: float
    ) -> tuple[list[Fields], bool]:
        texts = {value.encode() for context in contexts for value in context.values()} or {b""}
        lines, all_read = self._spool.find(texts, since=since, most_bytes=_MOST_READ)
        records = []
        for line in lines:
            with suppress(BadLine):
                records.append(read_line(line))
        found = [
            fields
            for fields in records
            if any(context.items() <= fields["context"].items() for context in contexts)
        ]
        return found, all_read

    def _drain(self) -> list[bytes]:
        lines = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        metrics.raw_log_queue.set(0)
        return lines

    def _reached(self) -> None:
        if self._mongo != "reached":
            logger.info("raw_log_reached")
        self._mongo = "reached"

    def _lost(self, error: Exception) -> None:
        if self._mongo != "lost":
            logger.warning("raw_log_lost", error=type(error).__name__)
        self._mongo = "lost"


def _collection(mongo_url: str, days: int) -> "Exchanges":
    """The driver is loaded by a process that has a MongoDB: it takes 6 MB."""
    from payment_engine.store.collection import Exchanges

    return Exchanges(mongo_url, days)


def _exchanges(records: Iterable[Fields]) -> list[Exchange]:
    exchanges = []
    for fields in records:
        with suppress(BadLine):
            exchanges.append(as_exchange(fields))
    return exchanges


def _documents(lines: list[bytes]) -> list[RawBSONDocument]:
    documents = []
    for line in lines:
        with suppress(BadLine):
            documents.append(as_document(line))
    return documents


def _count(outcome: str, number: int) -> None:
    metrics.raw_log_records.labels(outcome).inc(number)
