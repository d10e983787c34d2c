"""What people on call search and list is read from a replica; all that they change is not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.failover.servers import Pair
from tests.failover.test_failover import on
from tests.world import World, running_world

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def pair(open_folder: Path) -> Iterator[Pair]:
    made = Pair(open_folder)
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def world(pair: Pair, tmp_path: Path) -> AsyncIterator[World]:
    """The service with the standby as its replica."""
    from payment_engine.db.migrate import migrate

    primary, standby = (server.database("engine") for server in pair.running)
    await on(pair.running[0].url, "CREATE DATABASE engine")
    await migrate(primary)
    async with running_world(primary, tmp_path / "spool", replica_url=standby) as world:
        yield world


async def listed(world: World) -> list[str]:
    answer = await world.get("/v1/admin/payments", world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


async def until(read: Any, expected: Any) -> None:
    async with asyncio.timeout(30):
        while await read() != expected:
            await asyncio.sleep(0.1)


async def test_lists_and_timelines_may_be_behind_and_nothing_else_is(
    world: World, pair: Pair
) -> None:
    standby = pair.running[1].url
    first = await world.open_payment()
    await until(lambda: listed(world), [first["id"]])
    await on(standby, "SELECT pg_wal_replay_pause()")
    second = await world.open_payment()
    assert (await world.read_payment(second["id"]))["status"] == "open"
    assert await listed(world) == [first["id"]]
    path = f"/v1/admin/payments/{second['id']}/timeline"
    assert (await world.get(path, world.keys.admin_key)).status_code == 404
    await on(standby, "SELECT pg_wal_replay_resume()")
    await until(lambda: listed(world), [second["id"], first["id"]])
    assert (await world.get(path, world.keys.admin_key)).status_code == 200


async def test_readings_are_in_the_audit_log_of_the_primary(world: World, pair: Pair) -> None:
    payment = await world.open_payment()
    await until(lambda: listed(world), [payment["id"]])
    path = f"/v1/admin/payments/{payment['id']}/timeline"
    assert (await world.get(path, world.keys.admin_key)).status_code == 200
    rows = await world.sql("SELECT action FROM admin_action WHERE reading")
    assert [row["action"] for row in rows] == ["payment.read"]


async def test_without_its_replica_people_on_call_read_the_primary(
    world: World, pair: Pair
) -> None:
    payment = await world.open_payment()
    await asyncio.to_thread(pair.running.pop().stop)
    assert await listed(world) == [payment["id"]]
