"""The lists of people on call on a million rows: each page reads a bounded number of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from payment_engine.db.pages import MOST_READ
from tests.databases import drop_database
from tests.db.explained import PLANS, rows_by_table
from tests.db.million import create_million
from tests.db.worklists import Case, cases, statement_of

CASES = list(cases())
_MOST = (MOST_READ + 2) * 2
"""The rows of the page itself and those that tell where it ends. An index by time begins with the
row that the page comes after, and a sort sees one beyond its end."""
_BESIDE = MOST_READ + 100
"""Of other tables: a row or two for each row that is looked at."""


@pytest.fixture(scope="module")
def million(postgres_url: str) -> Iterator[str]:
    """A database of a million rows, for all tests of this module."""
    url = asyncio.run(create_million(postgres_url))
    yield url
    asyncio.run(drop_database(postgres_url, url))


@pytest.fixture
async def connection(million: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(million)
    yield connection
    await connection.close()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_a_page_reads_few_rows_whatever_it_finds(
    connection: asyncpg.Connection, case: Case
) -> None:
    statement, values = await statement_of(case.query)
    for plan in PLANS:
        read = await rows_by_table(connection, statement, *values, plan=plan)
        assert read.pop(case.table) <= _MOST, plan
        assert all(rows <= _BESIDE for rows in read.values()), f"{plan}: {read}"
