"""A database is lost, and restored to an earlier moment: what was paid since is found, and what
nobody knows any more is stored, listed, and matched once its merchant names it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from payment_engine.demo.postgres import Postgres
from tests.databases import execute
from tests.releases.checkout import CURRENT
from tests.releases.installation import Installation
from tests.restore.server import Backups
from tests.serving import http_client

pytestmark = pytest.mark.timeout(240)
_ARCHIVED = "SELECT last_archived_wal FROM pg_stat_archiver"
BANK = {"method": "netbanking", "bank": "HDFC"}


@pytest.fixture
def backups(open_folder: Path) -> Iterator[Backups]:
    made = Backups(open_folder)
    yield made
    made.stop()


@pytest.fixture
async def installation(backups: Backups, tmp_path: Path) -> AsyncIterator[Installation]:
    server = await asyncio.to_thread(backups.start)
    await execute(server.url, "CREATE DATABASE engine")
    async with http_client() as client:
        made = Installation(server.database("engine"), tmp_path, client)
        made.settings = {"PE_CHECK_SCHEDULE": "[3600, 7200]", "PE_DRAIN_SECONDS": "0"}
        await made.run(CURRENT, "migrate")
        await made.create_merchant(CURRENT)
        async with made.gateway():
            yield made


async def fetched(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def lose(server: Postgres) -> None:
    """The last WAL is archived, and the server is gone."""
    switched = await fetched(server.url, "SELECT pg_walfile_name(pg_switch_wal())")
    async with asyncio.timeout(30):
        while (
            await fetched(server.url, "SELECT last_archived_wal FROM pg_stat_archiver") != switched
        ):
            await asyncio.sleep(0.1)
    await asyncio.to_thread(server.stop)


async def unmatched(made: Installation) -> dict[str, dict[str, Any]]:
    """What is listed, by reference."""
    lines = (await made.run(CURRENT, "recover", "unmatched")).splitlines()
    return {row["reference"]: row for row in map(json.loads, lines)}


async def match(made: Installation, reference: str, payment: str) -> None:
    named = ("--payment", payment, "--method", "netbanking", "--reason", "named by the shop")
    await made.run(CURRENT, "recover", "match", reference, *named)


async def test_what_was_paid_after_the_moment_of_a_restore_is_found_again(
    backups: Backups, installation: Installation
) -> None:
    made = installation
    async with AsyncExitStack() as processes:
        api = await processes.enter_async_context(made.api(CURRENT, made.public_url))
        await processes.enter_async_context(made.process(CURRENT, "worker"))
        paid = await made.open(api)
        await made.approve(await made.start(api, paid, **BANK))
        await made.until(api, paid, status="paid")
        await asyncio.to_thread(backups.back_up, backups.servers[0])
        pending, opened = await made.open(api), await made.open(api)
        pending_ref = await made.start(api, pending, **BANK)
        moment = str(await fetched(made.database, "SELECT now()"))
        await made.approve(pending_ref)
        await made.until(api, pending, status="paid")
        started_ref = await made.start(api, opened, **BANK)
        lost = await made.open(api, "LOST-1")
        lost_ref = await made.start(api, lost, **BANK)
    await lose(backups.servers[0])

    restored = await asyncio.to_thread(backups.restore, moment)
    made.database = restored.database("engine")
    assert "0 breaches" in await made.breaches(CURRENT)
    async with made.api(CURRENT, made.public_url) as api, made.process(CURRENT, "worker"):
        await made.until(api, paid, status="paid")
        await made.until(api, pending, status="pending")
        checks = json.loads(await made.run(CURRENT, "recover", "--since", moment[:10]))
        assert checks["check_charge"] == 1
        await made.until(api, pending, status="paid")

        await made.until(api, opened, status="open")
        await asyncio.gather(*(made.approve(ref) for ref in (started_ref, lost_ref)))
        async with asyncio.timeout(60):
            while not {started_ref, lost_ref} <= (found := await unmatched(made)).keys():
                await asyncio.sleep(0.2)
        assert {row["status"] for row in found.values()} == {"captured"}
        assert {row["amount"] for row in found.values()} == {116400}
        await made.until_counted(api, "charge", 2)

        again = await made.open(api, "LOST-1")
        assert again != lost
        await match(made, started_ref, opened)
        await match(made, lost_ref, again)
        for payment in (opened, again):
            await made.until(api, payment, status="paid")
            await made.until_notified(payment, "payment.paid")
        assert await unmatched(made) == {}
        await made.until_counted(api, "charge", 0)
    assert "0 breaches" in await made.breaches(CURRENT)


def test_the_settings_of_the_page_are_those_of_this_test() -> None:
    page = (Path(__file__).parents[2] / "docs" / "restore.md").read_text()
    source = Path(__file__).with_name("server.py").read_text()
    names = {"wal_level", "archive_mode", "archive_command", "restore_command"}
    names |= {"recovery_target_time", "recovery_target_action"}
    assert names == set(re.findall(r"^ *(\w+) = ", page, re.MULTILINE)) - {"archive_timeout"}
    assert all(f'"{name}"' in source for name in names)
