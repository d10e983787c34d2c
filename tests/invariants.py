"""What must be true of the payments in a test's database when the service has stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import asyncpg

    from tests.housekeeping import Housekeeping

MARKER = "breaks_invariants"

served: dict[str, Callable[[], datetime]] = {}
"""The databases on which the service ran, each with the time up to which it deletes messages."""


async def check_invariants(
    request: pytest.FixtureRequest, url: str, housekeeping: Housekeeping | None = None
) -> None:
    """Fail the test if the service ran on this database and its books do not add up.

    The marker says of a test which writes rows by hand why they do not.
    """
    messages_since = served.pop(url, None)
    if messages_since is None or request.node.get_closest_marker(MARKER):
        return
    since = messages_since()
    if housekeeping:
        found = await housekeeping.run(lambda connection: _broken(connection, since))
    else:
        found = await broken_invariants(url, since)
    if found:
        pytest.fail("After the test, invariants are broken:\n" + "\n".join(found), pytrace=False)


async def broken_invariants(url: str, messages_since: datetime) -> list[str]:
    """A line for each invariant that a payment in this database breaks.

    Messages before ``messages_since`` may have been deleted.
    """
    from payment_engine.db.books import connected

    async with connected(url) as connection:
        return await _broken(connection, messages_since)


async def _broken(connection: asyncpg.Connection, messages_since: datetime) -> list[str]:
    from payment_engine.db.books import read_books
    from payment_engine.domain.invariants import breaches

    read = read_books(connection, since=None, messages_since=messages_since)
    return [line async for books in read for line in breaches(books)]
