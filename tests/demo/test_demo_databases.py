"""The launchers of PostgreSQL and mongod, with the servers themselves."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from pymongo import MongoClient

from payment_engine.demo import mongo, postgres
from payment_engine.demo.data_dirs import reachable, shared_dir
from payment_engine.demo.process import Account

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root starts servers as another account"
)
NOBODY = Account(65534, 65534)


async def fetch_value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_postgres_keeps_its_data_from_start_to_start(open_folder: Path) -> None:
    for query in ("CREATE TABLE stored AS SELECT 'é' AS it", "SELECT upper(it) FROM stored"):
        server = postgres.start(open_folder / "data")
        try:
            value = await fetch_value(server.url, query)
        finally:
            server.stop()
    assert value == "É"


async def test_postgres_is_durable_by_default(open_folder: Path) -> None:
    for durable, fsync in ((True, "on"), (False, "off")):
        server = postgres.start(open_folder / fsync, durable=durable, settings={"work_mem": "5MB"})
        try:
            assert await fetch_value(server.url, "SHOW fsync") == fsync
            assert await fetch_value(server.url, "SHOW work_mem") == "5MB"
        finally:
            server.stop()


async def test_postgres_starts_after_a_crash_whose_process_id_is_in_use_again(
    open_folder: Path,
) -> None:
    server = postgres.start(open_folder / "data", durable=False)
    os.kill(server.child.pid, signal.SIGKILL)
    server.child.finish(10)
    pid_file = server.data_dir / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(server.child.pid), str(os.getpid()), 1))
    again = postgres.start(open_folder / "data", durable=False)
    try:
        assert await fetch_value(again.url, "SELECT 1") == 1
    finally:
        again.stop()


def test_postgres_says_in_its_own_words_why_it_does_not_start(open_folder: Path) -> None:
    with pytest.raises(postgres.PostgresFailed, match='"work_mem"'):
        postgres.start(open_folder / "data", durable=False, settings={"work_mem": "much"})


@as_root
def test_root_leaves_a_closed_folder_closed_and_finds_the_stand_in(open_folder: Path) -> None:
    open_folder.chmod(0o700)
    data_dirs = []
    for query in ("CREATE TABLE stored AS SELECT 1 AS it", "SELECT it FROM stored"):
        server = postgres.start(open_folder / "data", durable=False)
        try:
            value = asyncio.run(fetch_value(server.url, query))
        finally:
            server.stop()
        data_dirs.append(server.data_dir)
    assert value == 1
    assert data_dirs[0] == data_dirs[1] != open_folder / "data"
    assert open_folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(data_dirs[0])


@as_root
def test_data_of_a_closed_folder_that_was_removed_is_not_taken_over_by_the_next_one(
    open_folder: Path,
) -> None:
    closed = open_folder / "closed"
    for _ in range(2):
        closed.mkdir(mode=0o700)
        server = postgres.start(closed / "data", durable=False)
        server.stop()
        assert server.fresh
        assert (closed / "data-stand-in").readlink() == server.data_dir
        shutil.rmtree(closed)
    shutil.rmtree(server.data_dir)


@as_root
def test_a_folder_whose_parent_is_closed_later_gets_a_stand_in(open_folder: Path) -> None:
    postgres.start(open_folder / "data", durable=False).stop()
    open_folder.chmod(0o700)
    for fresh in (True, False):
        server = postgres.start(open_folder / "data", durable=False)
        server.stop()
        assert server.fresh is fresh
    assert (open_folder / "data" / "PG_VERSION").exists()
    shutil.rmtree(server.data_dir)


@as_root
def test_a_folder_that_can_be_reached_is_used_itself(open_folder: Path) -> None:
    assert reachable(open_folder, NOBODY)
    assert shared_dir(open_folder / "data", NOBODY) == open_folder / "data"
    assert shared_dir(open_folder / "data", None) == open_folder / "data"


def test_a_closed_parent_closes_all_below_it(open_folder: Path) -> None:
    (open_folder / "closed" / "open").mkdir(parents=True)
    (open_folder / "closed").chmod(0o700)
    assert not reachable(open_folder / "closed" / "open", Account(54321, 54321))
    assert reachable(open_folder / "closed" / "open", Account(os.geteuid(), os.getegid()))


@pytest.fixture
def running_mongo(open_folder: Path) -> Iterator[mongo.Mongo]:
    try:
        server = mongo.start(open_folder / "mongo")
    except mongo.MongoUnavailable as reason:
        pytest.skip(str(reason))
    yield server
    server.stop()


def test_mongod_accepts_connections_at_its_url(running_mongo: mongo.Mongo) -> None:
    with MongoClient[dict[str, object]](running_mongo.url) as client:
        assert client.admin.command("ping")["ok"] == 1.0


def test_two_mongods_do_not_share_data(running_mongo: mongo.Mongo, open_folder: Path) -> None:
    with pytest.raises(mongo.MongoUnavailable, match="already running"):
        mongo.start(open_folder / "mongo", log=open_folder / "second.log")


@pytest.mark.parametrize(
    ("log", "code", "advice"),
    [
        ("error while loading shared libraries: libcurl.so.4", 127, "apt-get install libcurl4"),
        ("error while loading shared libraries: libssl.so.3", 127, "PE_MONGO_URL"),
        ("/lib/libc.so.6: version `GLIBC_2.34' not found", 1, "PE_MONGO_URL"),
        ("", -signal.SIGILL, "AVX"),
        ("something new", 14, "PE_MONGO_URL"),
    ],
)
def test_why_mongod_cannot_run_comes_with_what_to_do(log: str, code: int, advice: str) -> None:
    assert advice in mongo.remedy(log, code)
