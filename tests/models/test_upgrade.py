"""A database that release 0.1.0 filled: it migrates, its books add up, and its payments go on."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.migrations.api import migrate as apply_migrations

from payment_engine.db.migrate import migrate
from payment_engine.db.models import config
from payment_engine.engine import utc_now
from tests.commands import run
from tests.databases import copy_database, create_empty_database, drop_database, execute
from tests.forks import run_forked
from tests.invariants import broken_invariants
from tests.world import World, running_world

ROOT = Path(__file__).parents[2]
ROWS = (Path(__file__).parent / "release_0_1_0.sql").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
LAST_MIGRATION = "engine.0009_nothing_to_pay"
FILLED_AT = datetime(2026, 11, 26, 19, 32, tzinfo=UTC)
"""Just after its last change."""
PAYMENTS = {
    "authorized": 1,
    "cancelled": 2,
    "expired": 1,
    "open": 3,
    "paid": 6,
    "pending": 1,
}
OPEN, UNPAID = "pay_01m8cn5cervdd9hmvpkn", "pay_01m8cn5c4n0jn495eeah"
PAID = "pay_01m8cn5bkbc522jyhvz5"


@pytest.fixture(scope="module")
def left_by_0_1_0(postgres_url: str) -> Iterator[str]:
    """The database as release 0.1.0 left it; each test has a copy."""
    url = asyncio.run(_fill(postgres_url))
    yield url
    asyncio.run(drop_database(postgres_url, url))


async def _fill(server: str) -> str:
    url = await create_empty_database(server)
    await apply_migrations(config=config(url), target=LAST_MIGRATION)
    await Tortoise.close_connections()
    await execute(url, ROWS)
    return url


@pytest.fixture(scope="module")
def upgraded(left_by_0_1_0: str, postgres_url: str) -> Iterator[str]:
    """The same, migrated."""
    url = asyncio.run(copy_database(postgres_url, left_by_0_1_0))
    asyncio.run(migrate(url))
    yield url
    asyncio.run(drop_database(postgres_url, url))


@pytest.fixture
async def filled(left_by_0_1_0: str, postgres_url: str) -> AsyncIterator[str]:
    """A copy of what release 0.1.0 left."""
    url = await copy_database(postgres_url, left_by_0_1_0)
    yield url
    await drop_database(postgres_url, url)


@pytest.fixture
async def database(upgraded: str, postgres_url: str) -> AsyncIterator[str]:
    """A copy of what it is after the upgrade."""
    url = await copy_database(postgres_url, upgraded)
    yield url
    await drop_database(postgres_url, url)


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """This release over it, just after the upgrade."""
    async with running_world(database, tmp_path / "spool") as world:
        world.clock.ahead = FILLED_AT - utc_now()
        world.counter[0] = 1000  # the keys of lower numbers have been used
        yield world


async def test_the_books_of_a_migrated_database_add_up(database: str) -> None:
    connection = await asyncpg.connect(database)
    rows = await connection.fetch("SELECT status, count(*) AS n FROM payment GROUP BY status")
    await connection.close()
    assert {row["status"]: row["n"] for row in rows} == PAYMENTS
    assert await broken_invariants(database, FILLED_AT) == []


async def test_what_release_0_1_0_left_open_is_paid_refunded_and_expired(
    world: World, database: str
) -> None:
    refund = {"amount": 16400, "reason": "out_of_stock"}
    answer = await world.post(f"/v1/payments/{PAID}/refunds", refund)
    assert (answer.status_code, answer.json()["refund"]["amount"]) == (201, 16400)
    attempt = await world.start_attempt(OPEN)
    await world.customer_decides(attempt)
    assert (await world.wait_for_status(OPEN, "paid"))["amount_captured"] == 116400
    await world.run_worker(minutes=20)
    assert (await world.read_payment(UNPAID))["status"] == "expired"
    assert await broken_invariants(database, FILLED_AT) == []


async def test_a_write_of_release_0_1_0_is_refused_after_the_upgrade(database: str) -> None:
    """That release still runs: it locks the row, then writes what changed, and no revision."""
    written = "UPDATE payment SET status = 'cancelled', version = version + 1 WHERE status = 'open'"
    with pytest.raises(asyncpg.RestrictViolationError, match="stop every process of the older"):
        await execute(database, written)


async def test_the_command_and_the_changelog_say_in_which_order_to_upgrade() -> None:
    order = "stop every process, migrate, start"
    code, printed = await run_forked(ROOT, "migrate", "--help")
    assert (code, order in " ".join(printed.split())) == (0, True)
    assert "stop every process, run `payment-engine migrate`, start" in CHANGELOG


async def test_two_migrators_at_once_wait_for_each_other(filled: str, tmp_path: Path) -> None:
    migrators = (
        run(
            tmp_path,
            *("python", "-m", "payment_engine", "migrate"),
            PYTHONPATH=str(ROOT),
            PE_DATABASE_URL=filled,
            PE_SECRET="a-root-secret-for-tests-only-0123456789",
        )
        for _ in range(2)
    )
    assert await asyncio.gather(*migrators) == [(0, ""), (0, "")]


@pytest.mark.parametrize(
    "name",
    [
        *("0013_indexes", "0017_history_bounds", "0019_voided_payments"),
        *("0060_indexes_by_time", "0061_orders_by_hash", "0062_history_by_payment"),
    ],
)
async def test_an_interrupted_migration_is_applied_again_from_its_beginning(
    filled: str, name: str
) -> None:
    """Its record is written last, so whatever it did may be there already."""
    found = []
    for _ in range(2):
        await apply_migrations(config=config(filled), target=f"engine.{name}")
        await Tortoise.close_connections()
        found.append(await definitions(filled))
        await execute(filled, f"DELETE FROM tortoise_migrations WHERE name = '{name}'")  # noqa: S608
    assert found[0] == found[1]


async def definitions(url: str) -> set[str]:
    """Every index and constraint."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT indexdef AS text FROM pg_indexes WHERE schemaname = 'public' UNION ALL "
        "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE contype = 'c'"
    )
    await connection.close()
    return {row["text"] for row in rows}


async def test_the_history_becomes_the_first_of_its_monthly_tables(filled: str) -> None:
    before = await history(filled)
    await migrate(filled)
    assert await history(filled) == before
    connection = await asyncpg.connect(filled)
    tables = await connection.fetch("SELECT DISTINCT tableoid::regclass::text FROM payment_event")
    months = await connection.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits "
        "WHERE inhparent = 'payment_event'::regclass"
    )
    await connection.close()
    assert [row[0] for row in tables] == ["payment_event_before"]
    names = {row["name"] for row in months}
    assert {"payment_event_before", "payment_event_other"} < names
    assert any(re.fullmatch(r"payment_event_\d{4}_\d{2}", name) for name in names)


async def history(url: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    rows: list[asyncpg.Record] = await connection.fetch(
        "SELECT id, payment_id, version, type, source, data, at FROM payment_event ORDER BY id"
    )
    await connection.close()
    return rows
