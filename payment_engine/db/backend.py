"""Tortoise over our own pool: the backend module that ``Database`` names in its configuration."""

from functools import partial
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from payment_engine.db.pool import Pool

_STATEMENT_TIMEOUT = 30.0
"""Seconds after which the driver cancels a statement."""
_MONITORING_TIMEOUT = 2.0
"""The same for those of monitoring, which must answer while the database is slow."""
_MONITORING_SIZE = 2
_CONNECT_TIMEOUT = 5.0
_CACHED_STATEMENTS = 512
"""More than we have statements: none is planned twice on a connection."""


class PooledClient(AsyncpgDBClient):
    """Tortoise's client on our pool, which serves waiters in order and resets nothing.

    ``apart`` is a connection beside the pool, for what must not wait in its queue; ``monitoring``
    are two for readiness and gauges, with a short timeout.
    asyncpg parses the address, including ``sslmode``. ``pooler``: a pooler gives each transaction
    another session, so statements are not prepared.
    """

    pool: Pool
    apart: Pool
    monitoring: Pool

    def __init__(self, *, dsn: str, size: int, pooler: bool, **options: Any) -> None:
        super().__init__(**options)
        connect = partial(
            asyncpg.connect,
            dsn,
            timeout=_CONNECT_TIMEOUT,
            statement_cache_size=0 if pooler else _CACHED_STATEMENTS,
            max_cached_statement_lifetime=0,
        )
        usual = partial(connect, command_timeout=_STATEMENT_TIMEOUT)
        quick = partial(connect, command_timeout=_MONITORING_TIMEOUT)
        self.pool = Pool(usual, size=size)
        self.apart = Pool(usual, size=1)
        self.monitoring = Pool(quick, size=_MONITORING_SIZE, wait_seconds=_MONITORING_TIMEOUT)

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - as Tortoise calls it
        """Use the pool; its connections are opened as they are needed."""
        self._pool = self.pool


client_class = PooledClient
