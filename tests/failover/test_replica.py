"""What people on call search and list is read from a replica; all that they change is not."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from math import inf
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.failover.servers import Pair
from tests.failover.test_failover import on
from tests.world import World, running_world

pytestmark = pytest.mark.timeout(180)
LAG_MOST = 8
"""Seconds: above what a standby shows that is not behind, on a busy machine too."""


@pytest.fixture
def pair(open_folder: Path) -> Iterator[Pair]:
    made = Pair(open_folder)
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def world(pair: Pair, tmp_path: Path) -> AsyncIterator[World]:
    """The service with the standby as its replica, which has replayed the first heartbeat."""
    from payment_engine.db.migrate import migrate

    primary, standby = (server.database("engine") for server in pair.running)
    await on(pair.running[0].url, "CREATE DATABASE engine")
    await migrate(primary)
    settings = {"replica_url": standby, "replica_lag_most": LAG_MOST}
    async with running_world(primary, tmp_path / "spool", **settings) as world:
        await until(lambda: from_replica(world), expected=True)
        yield world


async def answer(world: World) -> httpx.Response:
    answered = await world.get("/v1/admin/payments", world.keys.admin_key)
    assert answered.status_code == 200, answered.text
    return answered


async def listed(world: World) -> list[str]:
    return [each["id"] for each in (await answer(world)).json()["items"]]


async def age(world: World) -> int:
    """How old the list is at most, in seconds."""
    return int((await answer(world)).headers["data-age"])


async def from_replica(world: World) -> bool:
    """What the primary shows is current; what a replica shows never surely is."""
    return await age(world) > 0


async def lag(world: World) -> float:
    """As a process shows it to monitoring."""
    text = (await world.get("/metrics")).text
    [value] = re.findall(r"^payment_engine_replica_lag_seconds (\S+)$", text, re.MULTILINE)
    return float(value)


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
    assert await age(world) == 0
    await until(lambda: lag(world), inf)


async def test_what_is_shown_says_how_old_it_is_and_beyond_the_bound_the_primary_is_read(
    world: World, pair: Pair
) -> None:
    standby = pair.running[1].url
    first = await world.open_payment()
    await until(lambda: listed(world), [first["id"]])
    await on(standby, "SELECT pg_wal_replay_pause()")
    second = await world.open_payment()
    ages = [await age(world)]
    while ages[-1]:
        await asyncio.sleep(0.2)
        ages.append(await age(world))
    behind = ages[:-1]
    assert behind == sorted(behind)
    assert behind[-1] >= LAG_MOST - 1
    assert await listed(world) == [second["id"], first["id"]]
    assert await on(standby, "SELECT pg_is_wal_replay_paused()")
    assert await lag(world) > LAG_MOST
    assert f"payment_engine_replica_lag_most_seconds {LAG_MOST}.0" in (
        (await world.get("/metrics")).text
    )
    await on(standby, "SELECT pg_wal_replay_resume()")
    await until(lambda: from_replica(world), expected=True)
    assert await listed(world) == [second["id"], first["id"]]
    assert await lag(world) < LAG_MOST


async def test_a_replica_that_is_cut_off_from_its_primary_counts_as_behind(
    world: World, pair: Pair
) -> None:
    standby = pair.running[1].url
    receiver = await on(standby, "SELECT pid FROM pg_stat_wal_receiver")
    os.kill(receiver, signal.SIGSTOP)
    try:
        await until(lambda: from_replica(world), expected=False)
        received = "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()"
        assert await on(standby, received)
        assert await lag(world) > LAG_MOST
    finally:
        os.kill(receiver, signal.SIGCONT)
