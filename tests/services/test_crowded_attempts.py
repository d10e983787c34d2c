"""A process that is busy with attempts refuses further ones, and answers everything else."""

import asyncio

import pytest

from payment_engine.admission import Admission
from tests.world import World

UPI = {"method": "upi_intent", "client": {"platform": "android"}}


@pytest.fixture
def crowded(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The loop is late, others need it, and attempts have used their share of it."""
    monkeypatch.setattr(Admission, "_look_after", lambda *_: None)
    world.engine.attempts = Admission(share=0.05, wait=0.05)
    world.engine.attempts.turn(9)
    world.engine.attempts._used.add(60)
    world.engine.attempts._others.add(1e300)
    return world


async def test_an_attempt_that_cannot_begin_is_refused_and_stores_nothing(crowded: World) -> None:
    world = crowded
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    refused = await world.post(path, UPI, payment["checkout"]["token"], key="pay-1")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert 2 <= int(refused.headers["retry-after"]) <= 4
    assert await world.sql("SELECT id FROM attempt") == []
    assert await world.sql("SELECT id FROM idempotency_key WHERE key LIKE '%pay-1'") == []
    world.engine.attempts.turn(0)
    again = await world.post(path, UPI, payment["checkout"]["token"], key="pay-1")
    assert again.status_code == 201


async def test_beyond_those_that_wait_nothing_is_spent_on_an_attempt(
    crowded: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowded.engine.attempts, "_wait", 5)
    monkeypatch.setattr(crowded.engine.attempts, "_most_waiting", lambda: 1)
    payment = await crowded.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    first = asyncio.create_task(crowded.post(path, UPI, payment["checkout"]["token"]))
    async with asyncio.timeout(5):
        while not crowded.engine.attempts._waiting:
            await asyncio.sleep(0.01)
    refused = await crowded.post(path, {"not": "read"}, "no token of ours")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    crowded.engine.attempts.turn(0)
    assert (await first).status_code == 201


async def test_reads_openings_and_methods_need_no_share(crowded: World) -> None:
    payment = await crowded.open_payment()
    path = f"/v1/payments/{payment['id']}"
    assert (await crowded.get(path)).status_code == 200
    assert (await crowded.get(f"{path}/methods")).status_code == 200
    assert (await crowded.post(f"{path}/cancel")).status_code == 200


async def test_requests_for_something_else_count_and_attempts_do_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(world.engine.attempts, "other", lambda: counted.append("other"))
    payment = await world.open_payment()
    await world.start_attempt(payment["id"])
    assert len(counted) == 1
    await world.read_payment(payment["id"])
    assert len(counted) == 2


async def test_an_attempt_does_not_begin_while_many_wait_for_a_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.engine.attempts, "_wait", 0.05)
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    most = world.engine.settings.database_pool
    sleeping = [
        asyncio.create_task(world.engine.db.fetch("SELECT pg_sleep(3)")) for _ in range(3 * most)
    ]
    async with asyncio.timeout(5):
        while world.engine.db.pool.waiting < most:
            await asyncio.sleep(0.01)
    refused = await world.post(path, UPI, payment["checkout"]["token"])
    for each in sleeping:
        each.cancel()
    await asyncio.gather(*sleeping, return_exceptions=True)
    assert refused.status_code == 503
    assert await world.sql("SELECT id FROM attempt") == []
