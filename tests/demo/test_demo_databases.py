"""The launchers of PostgreSQL and mongod, with the servers themselves."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from pymongo import MongoClient

from payment_engine.demo import mongo, postgres
from payment_engine.demo.places import place_for, reachable
from payment_engine.demo.process import Account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root shares with an account of less rights")
NOBODY = Account(65534, 65534)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account may enter; pytest's own is closed."""
    with tempfile.TemporaryDirectory(prefix="pe-databases-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def answer(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_postgres_keeps_its_data_from_start_to_start(folder: Path) -> None:
    for question in ("CREATE TABLE kept AS SELECT 'é' AS it", "SELECT upper(it) FROM kept"):
        server = postgres.start(folder / "data")
        try:
            said = await answer(server.url, question)
        finally:
            server.stop()
    assert said == "É"


async def test_postgres_is_durable_unless_told_otherwise(folder: Path) -> None:
    for durable, fsync in ((True, "on"), (False, "off")):
        server = postgres.start(folder / fsync, durable=durable, settings={"work_mem": "5MB"})
        try:
            assert await answer(server.url, "SHOW fsync") == fsync
            assert await answer(server.url, "SHOW work_mem") == "5MB"
        finally:
            server.stop()


async def test_postgres_starts_after_a_crash_whose_process_id_is_in_use_again(folder: Path) -> None:
    server = postgres.start(folder / "data", durable=False)
    os.kill(server.child.pid, signal.SIGKILL)
    server.child.finish(10)
    note = server.data_dir / "postmaster.pid"
    note.write_text(note.read_text().replace(str(server.child.pid), str(os.getpid()), 1))
    again = postgres.start(folder / "data", durable=False)
    try:
        assert await answer(again.url, "SELECT 1") == 1
    finally:
        again.stop()


def test_postgres_says_in_its_own_words_why_it_does_not_start(folder: Path) -> None:
    with pytest.raises(postgres.PostgresFailed, match='"work_mem"'):
        postgres.start(folder / "data", durable=False, settings={"work_mem": "much"})


@as_root
def test_root_leaves_a_closed_folder_closed_and_finds_the_stand_in(folder: Path) -> None:
    folder.chmod(0o700)
    places = []
    for question in ("CREATE TABLE kept AS SELECT 1 AS it", "SELECT it FROM kept"):
        server = postgres.start(folder / "data", durable=False)
        try:
            said = asyncio.run(answer(server.url, question))
        finally:
            server.stop()
        places.append(server.data_dir)
    assert said == 1
    assert places[0] == places[1] != folder / "data"
    assert folder.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(places[0])


@as_root
def test_a_place_is_kept_where_it_can_be_reached(folder: Path) -> None:
    assert reachable(folder, NOBODY)
    assert place_for(folder / "data", NOBODY) == folder / "data"
    assert place_for(folder / "data", None) == folder / "data"


def test_a_closed_parent_closes_all_below_it(folder: Path) -> None:
    (folder / "closed" / "open").mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    assert not reachable(folder / "closed" / "open", Account(54321, 54321))
    assert reachable(folder / "closed" / "open", Account(os.geteuid(), os.getegid()))


@pytest.fixture
def running_mongo(folder: Path) -> Iterator[mongo.Mongo]:
    try:
        server = mongo.start(folder / "mongo")
    except mongo.MongoUnavailable as reason:
        pytest.skip(str(reason))
    yield server
    server.stop()


def test_mongod_answers_where_it_says(running_mongo: mongo.Mongo) -> None:
    with MongoClient[dict[str, object]](running_mongo.url) as client:
        assert client.admin.command("ping")["ok"] == 1.0


def test_two_mongods_do_not_share_data(running_mongo: mongo.Mongo, folder: Path) -> None:
    with pytest.raises(mongo.MongoUnavailable, match="already running"):
        mongo.start(folder / "mongo", log=folder / "second.log")


@pytest.mark.parametrize(
    ("log", "code", "mends"),
    [
        ("error while loading shared libraries: libcurl.so.4", 127, "apt-get install libcurl4"),
        ("error while loading shared libraries: libssl.so.3", 127, "PE_MONGO_URL"),
        ("/lib/libc.so.6: version `GLIBC_2.34' not found", 1, "PE_MONGO_URL"),
        ("", -signal.SIGILL, "AVX"),
        ("something new", 14, "PE_MONGO_URL"),
    ],
)
def test_why_mongod_cannot_run_comes_with_what_mends_it(log: str, code: int, mends: str) -> None:
    assert mends in mongo.mending(log, code)
