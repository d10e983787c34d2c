"""Look-ups of a card's first digits are limited by token and by address, in all processes."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from payment_engine import metrics
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import TooManyRequests
from payment_engine.leased_rates import Lease, LeasedRates
from payment_engine.services.instruments.bins import card_facts
from tests.api.responses import refusal
from tests.statements import counted
from tests.world import World

REFUSED = (429, "too_many_requests")


def limits(world: World, **rates: str) -> None:
    high = {"bin_lookups_per_token": "9999/day", "bin_lookups_per_address": "9999/day"}
    given = {f"bin_lookups_per_{name}": rate for name, rate in rates.items()}
    world.engine.settings = world.engine.settings.model_copy(update={**high, **given})


async def checkout_token(world: World, customer: str = "cust-1") -> str:
    payment = await world.open_payment(customer={"ref": customer})
    return str(payment["checkout"]["token"])


async def look_up(world: World, token: str) -> httpx.Response:
    """One look-up, and the lease that it calls for."""
    answer = await world.get("/v1/cards/bin/424242", token)
    await world.engine.critical.drain(5)
    return answer


async def statuses(world: World, token: str, times: int) -> list[int]:
    return [(await look_up(world, token)).status_code for _ in range(times)]


async def test_one_token_looks_up_few_cards_and_reads_when_it_may_again(world: World) -> None:
    limits(world, token="4/hour")
    mine = await checkout_token(world)
    assert await statuses(world, mine, 6) == [200] * 4 + [429] * 2
    refused = await look_up(world, mine)
    assert refusal(refused) == REFUSED
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert (await look_up(world, await checkout_token(world, "cust-2"))).status_code == 200
    world.clock.advance(hours=1)
    assert (await look_up(world, await checkout_token(world))).status_code == 200


async def test_one_address_looks_up_few_cards_whatever_token_it_has(world: World) -> None:
    limits(world, address="3/hour")
    tokens = [await checkout_token(world, f"cust-{n}") for n in range(5)]
    answers = [(await look_up(world, each)).status_code for each in tokens]
    assert answers == [200] * 3 + [429] * 2


async def test_the_shops_own_key_has_no_limit(world: World) -> None:
    limits(world, token="1/hour", address="1/hour")
    for _ in range(4):
        answer = await world.get("/v1/cards/bin/424242")
        assert answer.status_code == 200


async def test_a_look_up_waits_for_no_statement_of_its_own(quiet_world: World) -> None:
    world = quiet_world
    token = await checkout_token(world)
    await look_up(world, token)
    with counted(world) as statements:
        await world.get("/v1/cards/bin/424242", token)
    assert statements.cost == (0, 0)


async def look_up_in(world: World, process: LeasedRates, times: int) -> int:
    """How many look-ups of one checkout a process allows, with its leases between."""
    world.engine.leased_rates = process
    caller = Caller(
        kind="checkout",
        merchant_id=world.keys.merchant_id,
        payment_id="pay_1",
        customer_ref="cust-1",
    )
    allowed = 0
    for _ in range(times):
        try:
            await card_facts(world.engine, caller, "424242", "203.0.113.7")
            allowed += 1
        except TooManyRequests:
            pass
        await world.engine.critical.drain(5)
    return allowed


async def test_two_processes_share_one_limit(world: World) -> None:
    limits(world, token="20/day")
    spawn, leasing = world.engine.critical.spawn, world.engine.leases
    processes = [LeasedRates(leasing, spawn) for _ in range(2)]
    allowed = 0
    for _ in range(15):
        for process in processes:
            allowed += await look_up_in(world, process, 1)
    assert 16 <= allowed <= 21
    [row] = await world.sql("SELECT max(used) AS used FROM rate_count WHERE used < 100")
    assert row["used"] >= 20


async def test_without_a_database_each_process_bounds_itself(world: World) -> None:
    async def away(_: Mapping[str, Lease]) -> Mapping[str, int]:
        raise ConnectionRefusedError

    limits(world, token="20/day")
    process = LeasedRates(away, world.engine.critical.spawn)
    assert await look_up_in(world, process, 30) == 20


async def test_many_at_once_are_bounded_before_the_first_lease_arrives(world: World) -> None:
    limits(world, token="20/day")
    merchant = world.keys.merchant_id
    caller = Caller(kind="checkout", merchant_id=merchant, payment_id="pay_1", customer_ref="c")
    work = [card_facts(world.engine, caller, "424242", None) for _ in range(50)]
    answers: list[Any] = await asyncio.gather(*work, return_exceptions=True)
    assert sum(isinstance(each, dict) for each in answers) <= 20


async def test_a_refusal_is_counted_by_its_kind(world: World) -> None:
    limits(world, token="1/hour")
    counter = metrics.refused_by_limits.labels("bin_look-up_by_token")
    before = counter._value.get()
    await statuses(world, await checkout_token(world), 3)
    assert counter._value.get() == before + 2


async def test_a_return_from_a_bank_is_never_limited(world: World) -> None:
    limits(world, token="1/hour", address="1/hour")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await statuses(world, payment["checkout"]["token"], 3)
    ref = attempt["id"].removeprefix("att_")
    for _ in range(3):
        back = await world.api.get(f"/v1/juspay/return?order_id={ref}&status=CHARGED")
        assert back.status_code == 303
