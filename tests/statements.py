"""Counts what the driver sends to the database, without a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import asyncpg
from asyncpg.connection import LoggedQuery

from tests.world import World

_OF_OTHERS = ("FROM breaker", "INTO process")
"""Statements of the background: routing state, heartbeat."""
_WRITES = ("INSERT INTO", "UPDATE ", "DELETE FROM")


@dataclass(eq=False)
class Statements:
    """What the driver sent, without the statements of the background."""

    texts: list[str] = field(default_factory=list)

    def __call__(self, query: LoggedQuery) -> None:
        if not any(other in query.query for other in _OF_OTHERS):
            self.texts.append(query.query)

    @property
    def cost(self) -> tuple[int, int]:
        """Statements, and commits: outside a transaction each statement that writes is one."""
        assert not any(text.startswith("BEGIN") for text in self.texts), self.texts
        commits = sum(any(verb in text for verb in _WRITES) for text in self.texts)
        return len(self.texts), commits


@contextmanager
def counted(world: World) -> Iterator[Statements]:
    """What the pool sends, on the connections that it has and on those that it opens."""
    statements, pool = Statements(), world.engine.db.pool
    connect = pool._connect

    async def connect_counted() -> asyncpg.Connection:
        connection = await connect()
        connection.add_query_logger(statements)
        return connection

    for connection in pool.connections:
        connection.add_query_logger(statements)
    pool._connect = connect_counted
    yield statements
    pool._connect = connect
    for connection in pool.connections:
        connection.remove_query_logger(statements)
