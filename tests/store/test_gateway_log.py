"""What is stored in MongoDB, how it is found, and what is dropped when the queue is full."""

from pathlib import Path
from typing import cast

import pytest
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import InvalidURI

from payment_engine import metrics
from payment_engine.domain.wire import Exchange
from payment_engine.store import gateway_log
from payment_engine.store.gateway_log import GatewayLog
from payment_engine.store.spool import Spool
from tests.store.traffic import (
    NOBODY,
    START,
    Outcomes,
    exchange,
    files,
    numbers,
    record,
    running,
    spooled,
    until,
)

DAY = 24 * 3600


async def test_an_exchange_is_stored_field_by_field(
    mongo_url: str, spool: Path, collection: AsyncIOMotorCollection
) -> None:
    async with running(mongo_url, spool) as log:
        log.record(exchange(4, request={"amount": "1164.00", "lines": [1, None, True]}))
    stored = await collection.find_one({})
    assert stored.pop("_id")
    assert stored == {
        "at": START.replace(second=57),
        "gateway": "juspay",
        "operation": "charge",
        "direction": "out",
        "http_method": "POST",
        "path": "/txns",
        "outcome": "answered",
        "cause": None,
        "status": 200,
        "latency_ms": 12.5,
        "request": {"amount": "1164.00", "lines": [1, None, True]},
        "response": {"number": 4},
        "context": {"payment": "pay_1", "attempt": "att_4"},
    }


async def test_a_burst_is_written_completely(
    mongo_url: str, spool: Path, collection: AsyncIOMotorCollection, outcomes: Outcomes
) -> None:
    async with running(mongo_url, spool) as log:
        record(log, *range(250))
        await until(lambda: outcomes["written"] == 250)
        assert await collection.count_documents({}) == 250
        assert outcomes["spilled"] == 0


async def test_exchanges_expire_after_the_days_that_are_set(
    mongo_url: str, spool: Path, collection: AsyncIOMotorCollection
) -> None:
    async with running(mongo_url, spool):
        indexes = await collection.index_information()
    assert indexes["at_1"]["expireAfterSeconds"] == 7 * DAY


async def test_the_days_may_change_from_one_start_to_the_next(
    mongo_url: str, spool: Path, collection: AsyncIOMotorCollection
) -> None:
    await collection.create_index([("at", 1)], expireAfterSeconds=99 * DAY)
    async with running(mongo_url, spool):
        indexes = await collection.index_information()
    assert indexes["at_1"]["expireAfterSeconds"] == 7 * DAY


async def test_exchanges_are_stored_even_if_an_index_cannot_be_created(
    mongo_url: str, spool: Path, collection: AsyncIOMotorCollection, outcomes: Outcomes
) -> None:
    await collection.create_index([("other", 1)], name="at_1")
    async with running(mongo_url, spool) as log:
        record(log, 1)
        await until(lambda: outcomes["written"] == 1)
        assert log.healthy


@pytest.mark.parametrize("name", ["payment", "attempt"])
async def test_reading_by_payment_or_attempt_uses_an_index(
    mongo_url: str, spool: Path, collection: AsyncIOMotorCollection, name: str
) -> None:
    async with running(mongo_url, spool):
        plan = await collection.find({f"context.{name}": "x"}).sort([("at", -1)]).explain()
    assert f"context.{name}_1_at_1" in str(plan["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])


async def test_a_url_without_a_path_means_the_database_payment_engine(spool: Path) -> None:
    log = GatewayLog(NOBODY, spool_dir=spool, days=7)
    await log.start()
    assert log._collection is not None
    assert log._collection._collection.full_name == "payment_engine.gateway_exchanges"
    await log.close(0)


async def test_a_malformed_url_is_an_error_at_start(spool: Path) -> None:
    with pytest.raises(InvalidURI):
        await GatewayLog("mongodb://", spool_dir=spool, days=7).start()


async def test_what_was_recorded_a_moment_ago_is_found(mongo_url: str, spool: Path) -> None:
    for url in (None, mongo_url):
        async with running(url, spool / str(url is None)) as log:
            record(log, 1)
            assert numbers(await log.exchanges(payment="pay_1")) == [1]


async def test_exchanges_are_found_by_payment_oldest_first(mongo_url: str, spool: Path) -> None:
    async with running(mongo_url, spool) as log:
        record(log, 3, 1, 2)
        log.record(exchange(9, context={"payment": "pay_2"}))
    async with running(mongo_url, spool) as log:
        assert numbers(await log.exchanges(payment="pay_1")) == [1, 2, 3]


async def test_exchanges_are_found_by_attempt(mongo_url: str, spool: Path) -> None:
    async with running(mongo_url, spool) as log:
        record(log, 1, 2, 3)
    async with running(mongo_url, spool) as log:
        assert numbers(await log.exchanges(attempt="att_2")) == [2]
        assert await log.exchanges(payment="pay_2", attempt="att_2") == []


async def test_a_limit_selects_the_latest(mongo_url: str, spool: Path) -> None:
    async with running(mongo_url, spool) as log:
        record(log, *range(10))
    async with running(mongo_url, spool) as log:
        assert numbers(await log.exchanges(limit=3)) == [7, 8, 9]


async def test_exchanges_of_one_instant_keep_their_order(mongo_url: str, spool: Path) -> None:
    async with running(mongo_url, spool) as log:
        for number in range(20):
            log.record(exchange(response={"number": number}))
    async with running(mongo_url, spool) as log:
        assert numbers(await log.exchanges()) == list(range(20))


async def test_an_exchange_is_read_back_whether_stored_or_spilled(
    mongo_url: str, spool: Path
) -> None:
    async with running(mongo_url, spool) as log:
        record(log, 1)
    async with running(mongo_url, spool) as log:
        (stored,) = await log.exchanges()
    async with running(None, spool) as log:
        record(log, 1)
    async with running(None, spool) as log:
        (spilled,) = await log.exchanges()
    assert stored == spilled == exchange(1)


async def test_values_that_mongodb_cannot_store_spoil_no_other_exchange(
    mongo_url: str, spool: Path, outcomes: Outcomes
) -> None:
    body = {"bytes": b"4111111111111111", "big": 1 << 90, "nul\0": "\ud800", 7: {1, 2}, "$a.b": 1}
    async with running(mongo_url, spool) as log:
        record(log, 1)
        log.record(exchange(2, request=body))
        record(log, 3)
        await until(lambda: outcomes["written"] == 3)
        found = await log.exchanges()
    assert numbers(found) == [1, 2, 3]
    assert found[1].request == {
        "bytes": "<bytes>",
        "big": "<int,91 bits>",
        "nul ": "?",
        "7": "<set>",
        "$a.b": 1,
    }


async def test_what_is_no_exchange_is_counted_as_dropped(spool: Path, outcomes: Outcomes) -> None:
    async with running(None, spool) as log:
        log.record(exchange(at="yesterday"))
        log.record(cast(Exchange, "nonsense"))
        record(log, 1)
    assert outcomes["dropped"] == 2
    assert outcomes["spilled"] == 1


async def test_a_full_queue_drops_the_newest_and_counts_them(
    spool: Path, outcomes: Outcomes
) -> None:
    log = GatewayLog(None, spool_dir=spool, days=7, queue_size=3)
    record(log, 1, 2, 3, 4, 5)
    assert outcomes["dropped"] == 2
    assert metrics.raw_log_queue._value.get() == 3
    await log.start()
    await log.close(10)
    assert numbers(await log.exchanges()) == [1, 2, 3]
    assert metrics.raw_log_queue._value.get() == 0


async def test_exchanges_recorded_before_the_start_are_written(mongo_url: str, spool: Path) -> None:
    log = GatewayLog(mongo_url, spool_dir=spool, days=7, retry_seconds=0.05)
    record(log, 1, 2)
    await log.start()
    await until(lambda: log.healthy)
    await log.close(10)
    async with running(mongo_url, spool) as again:
        await until(lambda: not spooled(spool))
        assert numbers(await again.exchanges()) == [1, 2]


async def test_closing_writes_the_queue(
    mongo_url: str, spool: Path, collection: AsyncIOMotorCollection
) -> None:
    async with running(mongo_url, spool) as log:
        record(log, *range(500))
    assert await collection.count_documents({}) == 500
    assert files(spool) == []


async def test_closing_without_grace_spills_the_queue(
    mongo_url: str, spool: Path, outcomes: Outcomes
) -> None:
    async with running(mongo_url, spool) as log:
        record(log, *range(500))
        await log.close(0)
    assert outcomes["dropped"] == 0
    async with running(mongo_url, spool) as log:
        await until(lambda: not spooled(spool))
        assert numbers(await log.exchanges(limit=1000)) == list(range(500))


async def test_a_log_that_never_started_spills_at_close(spool: Path) -> None:
    log = GatewayLog(NOBODY, spool_dir=spool, days=7)
    record(log, 1, 2)
    await log.close(0)
    assert len(spooled(spool)) == 2


async def test_exchanges_after_the_close_are_counted_as_dropped(
    spool: Path, outcomes: Outcomes
) -> None:
    async with running(None, spool) as log:
        pass
    record(log, 1)
    assert outcomes["dropped"] == 1


async def test_without_mongodb_everything_is_spilled_and_readable(
    spool: Path, outcomes: Outcomes
) -> None:
    async with running(None, spool) as log:
        record(log, 1, 2)
        await until(lambda: outcomes["spilled"] == 2)
        assert not log.healthy
        assert numbers(await log.exchanges(payment="pay_1", attempt="att_2")) == [2]
        assert await log.exchanges(payment="pay") == []


async def test_a_spool_that_cannot_be_written_loses_exchanges_but_the_log_goes_on(
    tmp_path: Path, outcomes: Outcomes
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    async with running(None, blocked) as log:
        record(log, 1)
        await until(lambda: outcomes["dropped"] == 1)
        blocked.unlink()
        record(log, 2)
        await until(lambda: outcomes["spilled"] == 1)


async def test_a_payments_exchanges_are_those_of_its_attempts_too(
    mongo_url: str, spool: Path
) -> None:
    async with running(mongo_url, spool) as log:
        log.record(exchange(1, context={"payment": "pay_1"}))
        log.record(exchange(2, context={"attempt": "att_1"}))
        log.record(exchange(3, context={"attempt": "att_2"}))
    async with running(None, spool) as log:
        log.record(exchange(4, context={"attempt": "att_1"}))
    async with running(mongo_url, spool) as log:
        found = await log.of_payment("pay_1", ["att_1"], START)
    assert (numbers(found.exchanges), found.complete) == ([1, 2, 4], True)


async def test_of_a_large_spool_only_a_part_is_read_and_the_rest_is_known_to_be_missing(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_log, "_MOST_READ", 1000)
    log = GatewayLog(None, spool_dir=spool, days=7, spool_bytes=64 * 400)
    await log.start()
    record(log, *range(10))
    await log.close(10)
    for number in range(10, 12):
        again = GatewayLog(None, spool_dir=spool, days=7, spool_bytes=64 * 400)
        await again.start()
        record(again, number)
        await again.close(10)
    found = await log.of_payment("pay_1", [], START)
    assert len(found.exchanges) < 12
    assert (found.complete, found.omitted) == (False, None)


async def test_more_exchanges_than_a_timeline_has_are_known_to_be_missing(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_log, "_MOST_FOUND", 3)
    async with running(None, spool) as log:
        record(log, *range(4))
    async with running(None, spool) as log:
        found = await log.of_payment("pay_1", [], START)
    assert (numbers(found.exchanges), found.complete) == ([1, 2, 3], False)
    assert found.omitted == 1


async def test_exchanges_that_are_left_out_are_counted_wherever_they_are(
    mongo_url: str, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(mongo_url, spool) as log:
        record(log, *range(6))
    async with running(None, spool) as log:
        record(log, 6, 7)
    monkeypatch.setattr(gateway_log, "_MOST_FOUND", 3)
    async with running(mongo_url, spool) as log:
        found = await log.of_payment("pay_1", [], START)
    assert (numbers(found.exchanges), found.omitted) == ([5, 6, 7], 5)


async def test_exchanges_that_are_in_the_spool_and_in_mongodb_are_counted_once(
    mongo_url: str, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(None, spool) as log:
        record(log, *range(5))
    copies = {path: path.read_bytes() for path in files(spool)}
    async with running(mongo_url, spool):
        await until(lambda: not files(spool))
    for path, lines in copies.items():
        path.write_bytes(lines)
    monkeypatch.setattr(gateway_log, "_MOST_FOUND", 3)
    monkeypatch.setattr(Spool, "claim", lambda _: None)
    async with running(mongo_url, spool) as log:
        found = await log.of_payment("pay_1", [], START)
    assert (numbers(found.exchanges), found.omitted) == ([2, 3, 4], 2)


async def test_nobody_knows_how_many_are_left_out_while_mongodb_does_not_answer(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(None, spool) as log:
        record(log, *range(4))
    monkeypatch.setattr(gateway_log, "_MOST_FOUND", 3)
    async with running(NOBODY, spool) as log:
        found = await log.of_payment("pay_1", [], START)
    assert (numbers(found.exchanges), found.omitted) == ([1, 2, 3], None)
