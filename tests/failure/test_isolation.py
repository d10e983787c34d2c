"""A gateway that hangs delays only its own customers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from payment_engine.domain.gateway import Saturated
from payment_engine.domain.payment_methods import Method
from payment_engine.services.routing.breakers import refresh_routes
from payment_engine.worker import job_stream, other_jobs, run_rounds
from tests.second_gateway import add_gateway
from tests.world import World


@pytest.fixture
async def silence() -> AsyncIterator[str]:
    """The address of a server that takes every call and never answers."""

    talks: set[asyncio.Task[None]] = set()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk
        talks.add(talk)
        with suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    if talks:
        await asyncio.wait(talks, timeout=5)


async def weigh(world: World, gateway: str, weight: int) -> None:
    await world.sql(
        "INSERT INTO route (gateway, method, weight, changed_at) "
        "VALUES ($1, 'upi_intent', $2, now()) ON CONFLICT (gateway, method) "
        "DO UPDATE SET weight = excluded.weight RETURNING id",
        gateway,
        weight,
    )
    await refresh_routes(world.engine)


async def hanging(world: World, count: int) -> list[asyncio.Task[object]]:
    """Attempts that wait for the gateway that hangs."""
    await weigh(world, "juspay", 0)
    payments = [await world.open_payment() for _ in range(count)]
    tasks = [asyncio.create_task(world.start_attempt(payment["id"])) for payment in payments]
    async with asyncio.timeout(10):
        while len(world.engine.gateways["silent"].charged) < count:
            await asyncio.sleep(0.02)
    await weigh(world, "juspay", 100)
    await weigh(world, "silent", 0)
    return tasks


async def test_payments_through_the_other_gateway_go_on_meanwhile(
    world: World, silence: str
) -> None:
    add_gateway(world, "silent", base_url=silence, total_timeout=6)
    stuck = await hanging(world, 12)
    paid = [await world.paid_payment() for _ in range(5)]
    assert {one["attempts"][0]["gateway"] for one in paid} == {"juspay"}
    assert not any(task.done() for task in stuck)
    attempts = await asyncio.gather(*stuck)
    assert {attempt["status"] for attempt in attempts} == {"pending"}


async def test_charges_beyond_its_bounds_go_elsewhere_before_anything_is_written(
    world: World, silence: str
) -> None:
    add_gateway(world, "silent", base_url=silence, total_timeout=6, max_in_flight=2, max_waiting=0)
    stuck = await hanging(world, 2)
    await weigh(world, "silent", 100)
    await weigh(world, "juspay", 0)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert attempt["gateway"] == "juspay"
    assert len((await world.read_payment(payment["id"]))["attempts"]) == 1
    assert not any(task.done() for task in stuck)
    [created] = await world.sql(
        "SELECT data FROM payment_event WHERE attempt_id = $1 AND type = 'attempt.created'",
        attempt["id"],
    )
    candidates = json.loads(created["data"])["routing"]["candidates"]
    assert {each["gateway"]: each["left_out"] for each in candidates} == {
        "juspay": None,
        "silent": "saturated",
    }
    assert world.engine.routes.health(("silent", Method.UPI_INTENT)).verdict() == "up"
    await asyncio.gather(*stuck)


async def test_a_charge_that_no_gateway_has_room_for_is_refused_and_leaves_nothing_behind(
    world: World, silence: str
) -> None:
    add_gateway(world, "silent", base_url=silence, total_timeout=6, max_in_flight=2, max_waiting=0)
    stuck = await hanging(world, 2)
    await world.sql("UPDATE route SET enabled = false WHERE gateway = 'juspay' RETURNING id")
    await refresh_routes(world.engine)
    payment = await world.open_payment()
    request = {"method": "upi_intent", "client": {"platform": "android"}}
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", request)
    assert (answer.status_code, answer.json()["code"]) == (422, "method_not_available")
    assert int(answer.headers["retry-after"]) > 0
    assert (await world.read_payment(payment["id"]))["attempts"] == []
    await asyncio.gather(*stuck)


async def test_a_wire_whose_queue_is_full_refuses_before_anything_is_sent(
    world: World, silence: str
) -> None:
    wire = add_gateway(world, "silent", base_url=silence, total_timeout=3, max_in_flight=1,
                  max_waiting=0).wire  # fmt: skip
    first = asyncio.create_task(wire.send("a", "GET", silence, headers={}, allow=frozenset()))
    await asyncio.sleep(0.1)
    with pytest.raises(Saturated):
        await wire.send("b", "GET", silence, headers={}, allow=frozenset())
    assert not first.done()
    await asyncio.gather(first, return_exceptions=True)


async def test_its_jobs_delay_no_other_gateways_jobs(world: World, silence: str) -> None:
    add_gateway(world, "silent", base_url=silence, total_timeout=4)
    stuck = await hanging(world, 3)
    await world.script_mock("drop_webhook", times=10)
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]))
    world.clock.advance(seconds=91)
    theirs = asyncio.create_task(job_stream(world.engine, "silent").round())
    await job_stream(world.engine, "juspay").round()
    assert not theirs.done()
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    assert await theirs == 3
    await asyncio.gather(*stuck)


async def test_no_more_jobs_of_a_gateway_begin_than_calls_to_it_may_be_in_flight(
    world: World, silence: str
) -> None:
    before = add_gateway(world, "silent", base_url=silence, total_timeout=1)
    await asyncio.gather(*await hanging(world, 3))
    await before.wire.aclose()
    add_gateway(world, "silent", base_url=silence, total_timeout=1, max_in_flight=2)
    world.clock.advance(seconds=91)
    assert await job_stream(world.engine, "silent").round() == 2


async def test_a_worker_runs_every_gateways_jobs_in_a_loop_of_its_own(
    world: World, silence: str
) -> None:
    add_gateway(world, "silent", base_url=silence, total_timeout=4)
    stuck = await hanging(world, 3)
    await world.script_mock("drop_webhook", times=10)
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]))
    stop = asyncio.Event()
    world.clock.advance(seconds=91)
    worker = asyncio.create_task(run_rounds(world.engine, world.engine.settings, stop))
    await world.wait_for_status(payment["id"], "paid", seconds=3)
    leased = "SELECT count(*) AS n FROM job WHERE gateway = 'silent' AND lease_until IS NOT NULL"
    assert (await world.sql(leased))[0]["n"] == 3
    stop.set()
    await worker
    await asyncio.gather(*stuck)


async def test_the_last_poll_before_expiry_waits_only_for_its_own_gateway(
    world: World, silence: str
) -> None:
    add_gateway(world, "silent", base_url=silence, total_timeout=4)
    stuck = await hanging(world, 3)
    fresh = await world.open_payment()
    world.clock.advance(seconds=901)
    theirs = asyncio.create_task(job_stream(world.engine, "silent").round())
    await other_jobs(world.engine).round()
    assert not theirs.done()
    assert (await world.read_payment(fresh["id"]))["status"] == "expired"
    await theirs
    await asyncio.gather(*stuck)


async def test_jobs_of_a_gateway_that_is_configured_no_longer_are_still_done(
    world: World,
) -> None:
    await world.script_mock("drop_webhook", times=10)
    payment = await world.open_payment()
    await world.start_attempt(payment["id"])
    await world.sql("UPDATE job SET gateway = 'gone' WHERE gateway = 'juspay' RETURNING id")
    world.clock.advance(seconds=901)
    assert await other_jobs(world.engine).round() == 2
