"""The PostgreSQL of one process: its pool, and the transaction that a task is in."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

import asyncpg
from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.transactions import in_transaction

from payment_engine.db import models
from payment_engine.db.backend import PooledClient, reads_replica, serves_staff
from payment_engine.db.pool import Pool
from payment_engine.db.replica import Replica, ReplicaAddress, unread

Connection: TypeAlias = BaseDBAsyncClient
"""What statements run on: the pool or an open transaction. Tortoise takes it as ``using_db``."""
Row: TypeAlias = dict[str, Any]
Read = TypeVar("Read")


class Connections(Protocol):
    """Where a statement gets its connection, for a commit of its own."""

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run one statement."""
        ...


@dataclass(frozen=True)
class StaleRead(Generic[Read]):
    """What was read. ``age``: how many seconds old it is at most; 0 if it is current."""

    result: Read
    age: int = 0


@dataclass(frozen=True)
class ForStaff:
    """The connections for people on call, as a store of payments takes them."""

    database: "Database"

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run one statement."""
        return await self.database.staff.fetch(statement, *values)


class Database:
    """Opened once per process; Tortoise and the hand-written statements share its pool.

    ``apart`` is one more connection, for heartbeats: they must not wait in a queue of payments.
    ``oncall`` are four more, with a timeout of three seconds, for people on call, readiness and
    gauges.
    ``pooler``: behind a pooler in transaction mode that loses prepared statements (PgBouncer before
    1.21). ``replica``: a standby, for reads that may be stale.
    """

    def __init__(
        self,
        url: str,
        *,
        size: int,
        pooler: bool = False,
        replica: ReplicaAddress | None = None,
    ) -> None:
        self.pool: Pool
        self.apart: Pool
        self.oncall: Pool
        self._options = {"dsn": url, "size": size, "pooler": pooler, "replica": replica}

    async def open(self) -> None:
        """Create the pool; raises only if the address is invalid."""
        connection = {"engine": "payment_engine.db.backend", "credentials": self._options}
        config = models.config(connection)
        await Tortoise.init(config=config, _enable_global_fallback=True)
        client = cast(PooledClient, connections.get("default"))
        self.pool = client.pool
        self.apart = client.apart
        self.oncall = client.oncall
        self._client = client

    async def close(self) -> None:
        """Close every connection; Tortoise closes the pool only if it has used it."""
        await self.oncall.close()
        if self._client.replica:
            await self._client.replica.pool.close()
        await self.apart.close()
        await self.pool.close()
        await Tortoise.close_connections()

    @property
    def connection(self) -> Connection:
        """This task's transaction, or the pool if it has none."""
        return cast(Connection, connections.get("default"))

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction for the body: committed at its end, rolled back if it raises."""
        return cast(AbstractAsyncContextManager[Connection], in_transaction())

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run one statement in a commit of its own, whatever transaction this task is in."""
        return await self.pool.fetch(statement, *values)

    @contextmanager
    def for_staff(self) -> Iterator[None]:
        """What the body reads and writes through Tortoise, and which payments it loads, goes by the
        connections for people on call. Changes of payments are written with all others."""
        with _value(serves_staff, value=True):
            yield

    @property
    def staff(self) -> Pool:
        """The connections of this task, which works for a person on call."""
        return self._client.staff

    @property
    def replica(self) -> Replica | None:
        """The standby for reads that may be stale, if there is one."""
        return self._client.replica

    async def read_stale(self, read: Callable[[], Awaitable[Read]]) -> StaleRead[Read]:
        """What ``read`` reads for a person on call from the replica, or from the primary if there
        is none, it does not answer or is too far behind; ``read`` may be run twice."""
        replica = self.replica
        age = await replica.age() if replica else None
        if replica is None or age is None:
            return StaleRead(await read())
        with _value(reads_replica, value=True):
            try:
                return StaleRead(await read(), age)
            except Exception as error:
                if not unread(error):
                    raise
                replica.away(error)
        return StaleRead(await read())

    def from_primary(self) -> AbstractContextManager[None]:
        """What the body reads is current, and it may write."""
        return _value(reads_replica, value=False)

    def in_transaction_now(self) -> bool:
        """Whether this task is in a transaction: no gateway may be called then."""
        return isinstance(self.connection, TransactionalDBClient)


@contextmanager
def _value(variable: ContextVar[bool], *, value: bool) -> Iterator[None]:
    before = variable.set(value)
    try:
        yield
    finally:
        variable.reset(before)
