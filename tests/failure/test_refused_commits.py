"""The database refuses commits or delays them: nothing is lost, doubled, or blamed on others."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from payment_engine.db import committer
from payment_engine.domain.commit import Commit, CommitResult
from payment_engine.domain.gateway import Unknown
from payment_engine.domain.payment_methods import Method
from payment_engine.gateways.health import STREAK
from payment_engine.services.job_handlers import handle_check_charge
from payment_engine.services.routing.breakers import record_outcome
from tests.failure.refusals import locked_history, refuse
from tests.webhooks import send_webhook
from tests.world import World, running_world

UPI = {"method": "upi_intent", "client": {"platform": "android"}}
CAUSED_BY_OTHERS = ("40001", "40P01", "55P03", "57014")
UNKNOWN, BROKEN = "53200", "23514"


async def attempt(world: World, payment: dict[str, Any]) -> httpx.Response:
    return await world.post(f"/v1/payments/{payment['id']}/attempts", UPI)


async def shed(world: World, path: str, body: Any) -> None:
    """An intent is refused, with the seconds after which to send it again."""
    answer = await world.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "2"


def count_commits(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Commit]:
    """The changes that have arrived at the committer from now on."""
    arrived: list[Commit] = []
    commit = world.engine.committer.commit

    async def counted(change: Commit, *, intent: bool) -> CommitResult:
        arrived.append(change)
        return await commit(change, intent=intent)

    monkeypatch.setattr(world.engine.committer, "commit", counted)
    return arrived


async def arrive(arrived: list[Commit], count: int) -> None:
    """Wait until so many changes have arrived, and are under way where there is room for them."""
    async with asyncio.timeout(20):
        while len(arrived) < count:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)


@pytest.mark.parametrize("state", [*CAUSED_BY_OTHERS, UNKNOWN, "23505"])
async def test_an_attempt_goes_on_after_a_refusal_that_may_pass(
    quiet_world: World, database: str, state: str
) -> None:
    payment = await quiet_world.open_payment()
    await refuse(database, state)
    answer = await attempt(quiet_world, payment)
    assert (answer.status_code, answer.json()["attempt"]["status"]) == (201, "pending")
    orders = (await quiet_world.mock.get("/control/orders")).json()["orders"]
    assert len(orders) == 1


async def test_an_attempt_that_others_delay_too_often_is_to_be_sent_again(
    quiet_world: World, database: str
) -> None:
    payment = await quiet_world.open_payment()
    await refuse(database, "55P03", times=3)
    answer = await attempt(quiet_world, payment)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await attempt(quiet_world, payment)).status_code == 201


@pytest.mark.parametrize("state", [*CAUSED_BY_OTHERS, UNKNOWN])
async def test_what_a_gateway_reported_is_written_however_often_others_delay_it(
    quiet_world: World, database: str, state: str
) -> None:
    world = quiet_world
    payment = await world.open_payment()
    started = await world.start_attempt(payment["id"])
    await world.customer_decides(started)
    await refuse(database, state, times=10)
    answer = await send_webhook(world, started)
    assert answer.status_code == 200
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    (row,) = await world.sql("SELECT handled_at IS NOT NULL AS handled FROM inbox_notice")
    assert row["handled"]


async def test_of_many_changes_in_a_batch_only_the_one_that_breaks_a_rule_fails(
    quiet_world: World, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = quiet_world
    payments = [await world.open_payment() for _ in range(12)]
    broken = payments[5]["id"]
    await refuse(database, BROKEN, times=100, payment_id=broken)
    async with locked_history(database):
        calls, arrived = [], count_commits(world, monkeypatch)
        for each in payments[:2]:
            calls.append(asyncio.create_task(attempt(world, each)))
            await arrive(arrived, len(calls))
        calls += [asyncio.create_task(attempt(world, each)) for each in payments[2:]]
        await arrive(arrived, len(calls))
        assert world.engine.committer.waiting == 10
    answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [
        500 if each["id"] == broken else 201 for each in payments
    ]
    rows = await world.sql("SELECT payment_id, count(*) AS n FROM attempt GROUP BY payment_id")
    assert {row["payment_id"]: row["n"] for row in rows} == {
        each["id"]: 1 for each in payments if each["id"] != broken
    }


async def test_a_probe_is_given_back_by_an_attempt_that_could_not_be_written(
    quiet_world: World, database: str
) -> None:
    world = quiet_world
    first, second = [await world.open_payment() for _ in range(2)]
    for _ in range(STREAK):
        await record_outcome(world.engine, ("juspay", Method.UPI_INTENT), Unknown("no answer"))
    world.clock.advance(seconds=16)
    await refuse(database, BROKEN, times=2)
    assert (await attempt(world, first)).status_code == 500
    assert (await attempt(world, second)).json()["attempt"]["status"] == "pending"
    (row,) = await world.sql("SELECT state FROM breaker")
    assert row["state"] == "closed"


async def test_an_overloaded_database_sheds_intents_and_writes_every_report(
    quiet_world: World, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = quiet_world
    monkeypatch.setattr(committer, "_FEWEST_SHED", 3)
    monkeypatch.setattr(committer, "_SHED_SECONDS", 0.0)
    reported, polled, free, *waiting = [await world.open_payment() for _ in range(10)]
    pending = [await world.start_attempt(each["id"]) for each in (reported, polled)]
    for each in pending:
        await world.customer_decides(each)
    async with locked_history(database):
        calls: list[asyncio.Task[Any]] = []
        arrived = count_commits(world, monkeypatch)
        while world.engine.committer.waiting < 3:
            calls.append(asyncio.create_task(attempt(world, waiting[len(calls)])))
            await arrive(arrived, len(calls))
        await shed(world, f"/v1/payments/{free['id']}/attempts", UPI)
        await shed(world, f"/v1/payments/{free['id']}/cancel", None)
        webhook = asyncio.create_task(send_webhook(world, pending[0]))
        poll = asyncio.create_task(handle_check_charge(world.engine, pending[1]["id"]))
        await asyncio.sleep(0.1)
        assert not webhook.done()
    assert (await webhook).status_code == 200
    await poll
    for each in (reported, polled):
        assert (await world.read_payment(each["id"]))["status"] == "paid"
    assert Counter(each.status_code for each in await asyncio.gather(*calls)) == {201: len(calls)}
    assert (await attempt(world, free)).status_code == 201


async def test_a_lock_that_outlasts_the_patience_of_a_statement_loses_nothing(
    database: str, tmp_path: Path
) -> None:
    url = f"{database}?options=-c%20lock_timeout%3D80ms"
    async with running_world(database, tmp_path, database_url=url) as world:
        await world.script_mock("drop_webhook", times=100)
        payment, other = [await world.open_payment() for _ in range(2)]
        started = await world.start_attempt(payment["id"])
        await world.customer_decides(started)
        async with locked_history(database):
            webhook = asyncio.create_task(send_webhook(world, started))
            refused = await attempt(world, other)
            assert not webhook.done()
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert (await webhook).status_code == 200
        assert (await world.read_payment(payment["id"]))["status"] == "paid"
        assert (await attempt(world, other)).status_code == 201
