"""The PostgreSQL of one process: its pool, and the transaction that a task is in."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

import asyncpg
from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.transactions import in_transaction

from payment_engine.db import models
from payment_engine.db.backend import PooledClient, serves_staff
from payment_engine.db.pool import Pool

Connection: TypeAlias = BaseDBAsyncClient
"""What statements run on: the pool or an open transaction. Tortoise takes it as ``using_db``."""
Row: TypeAlias = dict[str, Any]


class Connections(Protocol):
    """Where a statement gets its connection, for a commit of its own."""

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run one statement."""
        ...


@dataclass(frozen=True)
class ForStaff:
    """The connections for people on call, as a store of payments takes them."""

    database: "Database"

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run one statement."""
        return await self.database.oncall.fetch(statement, *values)


class Database:
    """Opened once per process; Tortoise and the hand-written statements share its pool.

    ``apart`` is one more connection, for heartbeats: they must not wait in a queue of payments.
    ``oncall`` are four more, with a timeout of three seconds, for people on call, readiness and
    gauges.
    ``pooler``: behind a pooler in transaction mode that loses prepared statements (PgBouncer before
    1.21).
    """

    def __init__(self, url: str, *, size: int, pooler: bool = False) -> None:
        self.pool: Pool
        self.apart: Pool
        self.oncall: Pool
        self._options = {"dsn": url, "size": size, "pooler": pooler}

    async def open(self) -> None:
        """Create the pool; raises only if the address is invalid."""
        connection = {"engine": "payment_engine.db.backend", "credentials": self._options}
        config = models.config(connection)
        await Tortoise.init(config=config, _enable_global_fallback=True)
        client = cast(PooledClient, connections.get("default"))
        self.pool = client.pool
        self.apart = client.apart
        self.oncall = client.oncall

    async def close(self) -> None:
        """Close every connection; Tortoise closes the pool only if it has used it."""
        await self.oncall.close()
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
        before = serves_staff.set(True)
        try:
            yield
        finally:
            serves_staff.reset(before)

    def in_transaction_now(self) -> bool:
        """Whether this task is in a transaction: no gateway may be called then."""
        return isinstance(self.connection, TransactionalDBClient)
