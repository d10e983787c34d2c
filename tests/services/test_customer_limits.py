"""Limits set for a customer: attempts above them are refused, and nothing else."""

import asyncio
from typing import Any

import httpx
import pytest

from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.services.instruments.limits import set_limits
from tests.api.responses import problem, refusal
from tests.world import World

REF = "cust-8812"
EXCEEDED = (422, "limit_exceeded")


async def set_customer_limits(world: World, **limits: int) -> None:
    await set_limits(world.engine, CustomerKey(world.keys.merchant_id, REF), LimitsIn(**limits))


async def start_attempt(world: World, payment: dict[str, Any]) -> httpx.Response:
    body = {"method": "upi_intent", "client": {"platform": "android"}}
    return await world.post(f"/v1/payments/{payment['id']}/attempts", body)


@pytest.mark.parametrize(("most", "status"), [(116399, 422), (116400, 201)])
async def test_one_payment_may_be_as_much_as_the_limit_and_no_more(
    world: World, most: int, status: int
) -> None:
    await set_customer_limits(world, per_payment=most)
    assert (await start_attempt(world, await world.open_payment())).status_code == status


async def test_a_day_counts_what_was_paid_and_what_may_still_arrive(world: World) -> None:
    await set_customer_limits(world, per_day=2 * 116400)
    await world.paid_payment()
    assert (await start_attempt(world, await world.open_payment())).status_code == 201
    refused = await start_attempt(world, await world.open_payment())
    assert refusal(refused) == EXCEEDED
    assert (problem(refused)["limit"], problem(refused)["most"]) == ("per_day", 232800)
    world.clock.advance(hours=25)
    assert (await start_attempt(world, await world.open_payment())).status_code == 201


async def test_tries_of_a_day_are_counted_over_all_payments(world: World) -> None:
    await set_customer_limits(world, attempts_per_day=2)
    answers = [await start_attempt(world, await world.open_payment()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert problem(answers[2])["limit"] == "attempts_per_day"


async def test_concurrent_attempts_cannot_exceed_the_limit(world: World) -> None:
    await set_customer_limits(world, per_day=2 * 116400)
    payments = [await world.open_payment() for _ in range(4)]
    answers = await asyncio.gather(*(start_attempt(world, each) for each in payments))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422]


async def test_a_refused_attempt_leaves_nothing_and_others_are_free(world: World) -> None:
    await set_customer_limits(world, per_payment=1)
    payment = await world.open_payment()
    assert refusal(await start_attempt(world, payment)) == EXCEEDED
    assert (await world.read_payment(payment["id"]))["attempts"] == []
    other = await world.open_payment(customer={"ref": "cust-other"})
    assert (await start_attempt(world, other)).status_code == 201


async def test_a_limit_that_is_lifted_binds_no_more_and_preferences_stay(world: World) -> None:
    await set_customer_limits(world, per_payment=1)
    await world.sql('UPDATE customer_config SET preferences = \'{"language": "hi"}\'')
    await set_customer_limits(world)
    assert (await start_attempt(world, await world.open_payment())).status_code == 201
    [config] = await world.sql("SELECT preferences->>'language' AS l, version FROM customer_config")
    assert (config["l"], config["version"]) == ("hi", 2)
