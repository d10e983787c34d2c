"""Which errors mean that the database is away."""

import asyncpg
import pytest

from payment_engine.db.errors import database_away


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation is in progress"),
        asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
        asyncpg.LockNotAvailableError("canceling statement due to lock timeout"),
    ],
)
def test_an_error_of_the_connection_means_that_the_database_is_away(error: Exception) -> None:
    assert database_away(error)
    wrapped = RuntimeError()
    wrapped.__cause__ = error
    assert database_away(wrapped)


def test_a_mistake_of_ours_does_not() -> None:
    assert not database_away(asyncpg.UndefinedTableError("no such table"))
