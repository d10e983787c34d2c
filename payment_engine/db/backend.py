"""Tortoise over our own pool: the backend module that ``Database`` names in its configuration."""

from contextvars import ContextVar
from functools import partial
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from payment_engine.db.pool import Pool
from payment_engine.db.replica import Replica, ReplicaAddress
from payment_engine.db.timeouts import UNLIMITED

_STATEMENT_TIMEOUT = 30.0
"""Seconds after which the driver cancels a statement."""
_ONCALL_TIMEOUT = 3.0
"""The same for those of people on call and of monitoring, who must be answered while payments wait
for the database; and the seconds for which such a statement waits for its connection."""
_ONCALL_SIZE = 4
_CONNECT_TIMEOUT = 5.0
_CACHED_STATEMENTS = 512
"""More than we have statements: none is planned twice on a connection."""

serves_staff: ContextVar[bool] = ContextVar("serves_staff", default=False)
"""Whether this task works for a person on call."""
reads_replica: ContextVar[bool] = ContextVar("reads_replica", default=False)
"""Whether what this task reads for that person may be stale."""


class PooledClient(AsyncpgDBClient):
    """Tortoise's client on our pool, which serves waiters in order and resets nothing.

    ``apart`` is a connection beside the pool, for what must not wait in its queue; ``oncall`` are a
    few for people on call, readiness and gauges, with a short timeout: see ``serving_staff``.
    asyncpg parses the address, including ``sslmode``. ``pooler``: a pooler gives each transaction
    another session, so statements are not prepared. ``unlimited``: for migrations, whose statements
    take as long as they need. ``replica``: the address of a standby for reads that may be stale.
    """

    pool: Pool
    apart: Pool
    oncall: Pool
    replica: Replica | None = None

    def __init__(
        self,
        *,
        dsn: str,
        size: int,
        pooler: bool,
        unlimited: bool = False,
        replica: ReplicaAddress | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        connect = partial(
            asyncpg.connect,
            timeout=_CONNECT_TIMEOUT,
            statement_cache_size=0 if pooler else _CACHED_STATEMENTS,
            max_cached_statement_lifetime=0,
            server_settings=UNLIMITED if unlimited else None,
        )
        usual = partial(connect, dsn, command_timeout=None if unlimited else _STATEMENT_TIMEOUT)
        quick = partial(connect, dsn, command_timeout=_ONCALL_TIMEOUT)
        self.pool = Pool(usual, size=size)
        self.apart = Pool(usual, size=1)
        self.oncall = Pool(quick, size=_ONCALL_SIZE, wait_seconds=_ONCALL_TIMEOUT)
        if replica:
            stale = partial(connect, replica.url, command_timeout=_ONCALL_TIMEOUT)
            pool = Pool(stale, size=_ONCALL_SIZE, wait_seconds=_ONCALL_TIMEOUT)
            self.replica = Replica(pool, most=replica.lag_most, primary_time=replica.primary_time)

    @property
    def staff(self) -> Pool:
        """The pool of a task that works for a person on call."""
        return self.replica.pool if self.replica and reads_replica.get() else self.oncall

    @property
    def _pool(self) -> Pool:
        """The pool of whoever runs a statement or a transaction through Tortoise."""
        return self.staff if serves_staff.get() else self.pool

    @_pool.setter
    def _pool(self, _: object) -> None:
        """Tortoise would make a pool of its own, and forget it at the end."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - as Tortoise calls it
        """Connections are opened as they are needed."""


client_class = PooledClient
