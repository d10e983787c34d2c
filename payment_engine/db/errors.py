"""Which errors mean that PostgreSQL does not answer, rather than that we made a mistake."""

import asyncpg
from tortoise.exceptions import DBConnectionError

_AWAY = (
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    ConnectionError,
    TimeoutError,
)
"""InternalClientError: the server has announced the end of an idle connection, and a statement was
sent before the end itself was read. QueryCanceledError and LockNotAvailableError: it did not answer
within the limits of its role. ReadOnlySQLTransactionError: it is a standby's, still or now."""


def database_away(error: BaseException | None) -> bool:
    """Whether this error, or what caused it, means that the database cannot answer now."""
    while error is not None:
        if isinstance(error, _AWAY):
            return True
        error = error.__cause__ or error.__context__
    return False
