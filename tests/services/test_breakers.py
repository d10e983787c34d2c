"""A gateway that fails gets no charges for a while, in every process; then one charge probes it."""

import asyncio
from dataclasses import replace

from payment_engine.domain.gateway import (
    ChargeState,
    FailureCause,
    NotSent,
    Refused,
    Saturated,
    Unconfirmed,
    Unknown,
)
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.health import STREAK
from payment_engine.services.routing.breakers import (
    record_outcome,
    refresh_routes,
    routing_state,
    take_probe,
)
from tests.second_gateway import add_gateway
from tests.world import World

ASK = {"method": "upi_intent", "client": {"platform": "android"}}
ROUTE = ("juspay", Method.UPI_INTENT)
ANSWER = ChargeState(ref="r", status=AttemptStatus.PENDING, gateway_status="PENDING")


async def fail(world: World, times: int = STREAK) -> None:
    for _ in range(times):
        await record_outcome(world.engine, ROUTE, Unknown("no answer"))


async def row(world: World) -> dict[str, object]:
    found = await world.sql("SELECT state, failures FROM breaker")
    return found[0] if found else {"state": "closed", "failures": 0}


async def test_a_route_that_keeps_failing_opens_and_names_the_alternatives(world: World) -> None:
    await fail(world, STREAK - 1)
    assert await row(world) == {"state": "closed", "failures": 0}
    await fail(world, 1)
    assert await row(world) == {"state": "open", "failures": 1}
    payment = await world.open_payment()
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", ASK)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "method_not_available")
    assert answer.headers["retry-after"]
    assert "upi_intent" not in problem["alternatives"]
    assert "netbanking" in problem["alternatives"]


async def test_an_open_route_sends_charges_to_the_other_gateway(world: World) -> None:
    other = add_gateway(world, "other")
    await fail(world)
    payments = [await world.open_payment() for _ in range(4)]
    attempts = [await world.start_attempt(payment["id"]) for payment in payments]
    assert {attempt["gateway"] for attempt in attempts} == {"other"}
    assert len(other.charged) == 4


async def test_declines_and_our_own_limit_never_open_the_breaker(world: World) -> None:
    declined = replace(ANSWER, status=AttemptStatus.FAILED, decline_code="other")
    for _ in range(50):
        await record_outcome(world.engine, ROUTE, declined)
        await record_outcome(world.engine, ROUTE, Saturated("our own bound"))
    assert await row(world) == {"state": "closed", "failures": 0}


async def test_a_gateway_that_refuses_our_key_is_down_though_it_answers(world: World) -> None:
    for _ in range(STREAK):
        await record_outcome(world.engine, ROUTE, Refused("bad_request"))
        await record_outcome(world.engine, ROUTE, Unconfirmed("http_409"))
    assert await row(world) == {"state": "closed", "failures": 0}
    for _ in range(STREAK):
        refusal = Refused("access_denied").because(FailureCause.UNAUTHORIZED)
        await record_outcome(world.engine, ROUTE, refusal)
    assert await row(world) == {"state": "open", "failures": 1}


async def test_of_all_that_ask_one_may_probe_and_only_when_it_is_due(world: World) -> None:
    await fail(world)
    assert not await take_probe(world.engine, ROUTE)
    world.clock.advance(seconds=16)
    won = await asyncio.gather(*(take_probe(world.engine, ROUTE) for _ in range(8)))
    assert won.count(True) == 1
    assert (await row(world))["state"] == "half_open"
    world.clock.advance(seconds=61)
    assert await take_probe(world.engine, ROUTE)


async def test_a_probe_that_is_answered_closes_it(world: World) -> None:
    await fail(world)
    world.clock.advance(seconds=16)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert attempt["status"] == "pending"
    assert await row(world) == {"state": "closed", "failures": 0}
    again = await world.open_payment()
    assert (await world.start_attempt(again["id"]))["status"] == "pending"


async def test_a_probe_that_fails_waits_twice_as_long(world: World) -> None:
    await fail(world)
    world.clock.advance(seconds=16)
    assert await take_probe(world.engine, ROUTE)
    await record_outcome(world.engine, ROUTE, NotSent("ConnectError"))
    assert await row(world) == {"state": "open", "failures": 2}
    world.clock.advance(seconds=16)
    assert not await take_probe(world.engine, ROUTE)
    world.clock.advance(seconds=16)
    assert await take_probe(world.engine, ROUTE)


async def test_another_process_knows_it_within_a_second(world: World) -> None:
    await refresh_routes(world.engine)
    await world.sql(
        "INSERT INTO breaker (gateway, method, state, failures, probe_at, changed_at) VALUES "
        "('juspay', 'upi_intent', 'open', 1, now() + interval '1 minute', now()) RETURNING id"
    )
    assert (await routing_state(world.engine)).breakers == {}
    async with asyncio.timeout(5):
        while ROUTE not in (await routing_state(world.engine)).breakers:
            await asyncio.sleep(0.1)


async def test_the_state_is_exported_as_a_gauge(world: World) -> None:
    await fail(world)
    text = (await world.api.get("/metrics")).text
    assert 'payment_engine_breaker{gateway="juspay",method="upi_intent"} 2.0' in text
