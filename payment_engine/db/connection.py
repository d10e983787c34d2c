"""The PostgreSQL of one process: its pool, and the transaction that a task is in."""

from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias, cast

from tortoise import Tortoise, connections
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.transactions import in_transaction

from payment_engine.db import models

Connection: TypeAlias = BaseDBAsyncClient
"""What statements run on: the pool or an open transaction. Tortoise takes it as ``using_db``."""
Row: TypeAlias = dict[str, Any]

_STATEMENT_TIMEOUT = 30
"""Seconds after which the driver gives a statement up."""


class Database:
    """Opened once per process; Tortoise keeps the pool, so there is one per process."""

    def __init__(self, url: str, *, pool: int) -> None:
        joiner = "&" if "?" in url else "?"
        bounds = f"minsize=1&maxsize={pool}&command_timeout={_STATEMENT_TIMEOUT}"
        self._url = f"{url}{joiner}{bounds}"

    async def open(self) -> None:
        """Connect."""
        await Tortoise.init(config=models.config(self._url), _enable_global_fallback=True)

    async def close(self) -> None:
        """Close every connection."""
        await Tortoise.close_connections()

    @property
    def connection(self) -> Connection:
        """The transaction that this task is in, or the pool where it is in none."""
        return cast(Connection, connections.get("default"))

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction for the body: committed at its end, undone where it raises."""
        return cast(AbstractAsyncContextManager[Connection], in_transaction())

    def in_transaction_now(self) -> bool:
        """Whether this task is in a transaction: no gateway may be called then."""
        return isinstance(self.connection, TransactionalDBClient)

    async def ping(self) -> None:
        """Raise where the database does not answer."""
        await self.connection.execute_query("SELECT 1")
