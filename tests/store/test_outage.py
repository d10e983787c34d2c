"""MongoDB goes away and comes back: nothing is lost, nothing is stored twice."""

import asyncio
from pathlib import Path

from payment_engine.store.gateway_log import GatewayLog
from payment_engine.store.spool import Spool
from tests.store.conftest import OwnMongo
from tests.store.traffic import NOBODY, Outcomes, files, numbers, record, running, spooled, until


async def test_the_spool_bridges_an_outage_of_mongodb(
    own_mongo: OwnMongo, spool: Path, outcomes: Outcomes
) -> None:
    async with running(own_mongo.url, spool) as log:
        record(log, *range(10))
        await until(lambda: outcomes["written"] == 10)
        own_mongo.stop()
        record(log, *range(10, 160))
        await until(lambda: outcomes["spilled"] == 150)
        assert not log.healthy
        own_mongo.start()
        await until(lambda: log.healthy and not spooled(spool))
        record(log, *range(160, 170))
        await until(lambda: outcomes["written"] == 20)
        assert numbers(await log.exchanges(limit=1000)) == list(range(170))
    assert (outcomes["filled"], outcomes["dropped"]) == (150, 0)


async def test_what_was_spilled_can_be_read_during_an_outage(
    own_mongo: OwnMongo, spool: Path, outcomes: Outcomes
) -> None:
    async with running(own_mongo.url, spool) as log:
        own_mongo.stop()
        record(log, 1, 2)
        await until(lambda: outcomes["spilled"] == 2)
        assert numbers(await log.exchanges(payment="pay_1")) == [1, 2]


async def test_starting_does_not_wait_for_mongodb(own_mongo: OwnMongo, spool: Path) -> None:
    own_mongo.stop()
    log = GatewayLog(own_mongo.url, spool_dir=spool, days=7, retry_seconds=0.05)
    await log.start()
    record(log, 1)
    assert not log.healthy
    own_mongo.start()
    await until(lambda: log.healthy and not spooled(spool))
    assert log._collection is not None
    indexes = await log._collection._collection.index_information()
    await log.close(10)
    assert indexes["at_1"]["expireAfterSeconds"] == 7 * 24 * 3600


async def test_a_restart_fills_in_what_the_last_run_left(
    mongo_url: str, spool: Path, outcomes: Outcomes
) -> None:
    async with running(NOBODY, spool) as log:
        record(log, *range(120))
    assert len(spooled(spool)) == 120
    async with running(mongo_url, spool) as log:
        await until(lambda: not spooled(spool))
        assert numbers(await log.exchanges(limit=1000)) == list(range(120))
    assert outcomes["filled"] == 120


async def test_a_line_spilled_twice_is_stored_once(
    mongo_url: str, spool: Path, outcomes: Outcomes
) -> None:
    async with running(NOBODY, spool) as log:
        record(log, 1, 2)
    (file,) = files(spool)
    (spool / "00000000000000000001-copy.jsonl").write_bytes(file.read_bytes())
    async with running(mongo_url, spool) as log:
        await until(lambda: not spooled(spool))
        assert numbers(await log.exchanges()) == [1, 2]
    assert outcomes["filled"] == 2


async def test_only_a_torn_line_itself_is_lost(
    mongo_url: str, spool: Path, outcomes: Outcomes
) -> None:
    async with running(NOBODY, spool) as log:
        record(log, 1, 2)
    (file,) = files(spool)
    file.write_bytes(b'{"_id": "half\n' + b"[]\n" + file.read_bytes() + b'{"_id": "x", "at')
    async with running(mongo_url, spool) as log:
        await until(lambda: not spooled(spool))
        assert numbers(await log.exchanges()) == [1, 2]
    assert (outcomes["filled"], outcomes["dropped"]) == (2, 3)


async def test_a_file_of_only_torn_lines_is_deleted(
    mongo_url: str, spool: Path, outcomes: Outcomes
) -> None:
    Spool(spool, 1 << 20).append([b'{"_id": "half'])
    async with running(mongo_url, spool):
        await until(lambda: not files(spool))
    assert (outcomes["filled"], outcomes["dropped"]) == (0, 1)


async def test_two_processes_may_share_a_spool(
    own_mongo: OwnMongo, spool: Path, outcomes: Outcomes
) -> None:
    async with running(own_mongo.url, spool) as api, running(own_mongo.url, spool) as worker:
        own_mongo.stop()
        for number in range(0, 200, 2):
            record(api, number)
            record(worker, number + 1)
        await until(lambda: outcomes["spilled"] == 200)
        own_mongo.start()
        await until(lambda: api.healthy and worker.healthy and not spooled(spool))
        assert numbers(await api.exchanges(limit=1000)) == list(range(200))
    assert (outcomes["filled"], outcomes["dropped"]) == (200, 0)


async def test_one_process_fills_in_while_another_still_spills(
    mongo_url: str, spool: Path, outcomes: Outcomes
) -> None:
    async with running(NOBODY, spool) as cut_off, running(mongo_url, spool) as connected:
        for number in range(100):
            record(cut_off, number)
            await asyncio.sleep(0.01)
        await until(lambda: outcomes["spilled"] >= 100 and not spooled(spool))
        assert numbers(await connected.exchanges(limit=1000)) == list(range(100))
    assert outcomes["filled"] == 100


async def test_a_long_outage_drops_the_oldest_and_counts_them(
    spool: Path, outcomes: Outcomes
) -> None:
    async with running(NOBODY, spool, spool_bytes=20_000) as log:
        record(log, *range(500))
        await until(lambda: outcomes["spilled"] == 500)
        remaining = numbers(await log.exchanges(limit=1000))
    assert outcomes["dropped"] == 500 - len(remaining)
    assert remaining == list(range(500 - len(remaining), 500))
    assert sum(path.stat().st_size for path in files(spool)) <= 20_000
