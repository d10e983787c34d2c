"""A bank or UPI app that is down is found by its attempts, offered no longer, and found again."""

import asyncio
from itertools import count
from typing import Any

from payment_engine.services.routing.breakers import refresh_routes
from tests.saved_instruments import items_of, read_methods
from tests.statements import counted
from tests.webhooks import send_webhook
from tests.world import World

_CUSTOMERS = count(1)
HDFC = {"method": "netbanking", "bank": "HDFC"}
GPAY = {"method": "upi_intent", "app": "gpay"}


async def end(
    world: World, body: dict[str, Any], reason: str | None, customer: str | None = None
) -> None:
    """One customer's attempt, declined for a reason or paid."""
    ref = customer or f"customer-{next(_CUSTOMERS)}"
    payment = await world.open_payment(customer={"ref": ref})
    attempt = await world.start_attempt(payment["id"], **body)
    path = f"/control/orders/{attempt['id'].removeprefix('att_')}"
    if reason is None:
        await world.mock.post(f"{path}/approve", json={})
        await world.wait_for_status(payment["id"], "paid")
    else:
        await world.mock.post(f"{path}/decline", json={"reason": reason})
        await world.wait_for_status(payment["id"], "open")


async def fail(world: World, body: dict[str, Any], times: int = 5) -> None:
    for _ in range(times):
        await end(world, body, "bank_down")


async def rows(world: World) -> list[dict[str, Any]]:
    return await world.sql("SELECT method, provider, ended_at FROM downtime ORDER BY id")


async def downtimes(world: World, open_ones: int) -> None:
    """Wait until so many are open: they are written in the background."""
    async with asyncio.timeout(10):
        while sum(row["ended_at"] is None for row in await rows(world)) != open_ones:
            await asyncio.sleep(0.02)
    await refresh_routes(world.engine)


async def offered(world: World, item_id: str, group: str = "netbanking") -> dict[str, Any]:
    payment = await world.open_payment(customer={"ref": f"reader-{next(_CUSTOMERS)}"})
    items = items_of(await read_methods(world, payment), group)
    return next(each for each in items if each["id"] == item_id)


async def judged(world: World) -> None:
    """Let the second pass in which nothing is judged again."""
    world.engine.routes._judged_at.clear()


async def fail_until_down(world: World, body: dict[str, Any]) -> None:
    await fail(world, body, 4)
    await judged(world)
    await fail(world, body, 1)
    await downtimes(world, 1)


async def test_a_bank_that_fails_for_everybody_is_down_and_says_so(world: World) -> None:
    await fail_until_down(world, HDFC)
    (row,) = await rows(world)
    assert (row["method"], row["provider"]) == ("netbanking", "HDFC")
    item = await offered(world, "netbanking:HDFC")
    assert (item["enabled"], item["health"]) == (False, "down")
    assert item["reason"] == "not working right now"
    other = await offered(world, "netbanking:SBI")
    assert (other["enabled"], other["health"]) == (True, "up")


async def test_a_upi_app_that_fails_for_everybody_is_down(world: World) -> None:
    await reported(world, GPAY, "U28")
    await downtimes(world, 1)
    item = await offered(world, "upi_intent:gpay", "upi")
    assert (item["enabled"], item["health"]) == (False, "down")
    usual = await offered(world, "upi_intent", "upi")
    assert usual["enabled"]


async def test_one_customer_and_what_customers_do_wrong_mark_nothing(world: World) -> None:
    for _ in range(6):
        await end(world, HDFC, "bank_down", customer="unlucky")
        await judged(world)
    for reason in ("insufficient_funds", "limit_exceeded", "customer_cancelled") * 2:
        await end(world, HDFC, reason)
        await judged(world)
    await world.engine.critical.drain(5)
    assert await rows(world) == []


async def test_its_first_success_ends_it_in_whichever_process_that_is_learned(
    world: World,
) -> None:
    await fail_until_down(world, HDFC)
    await end(world, HDFC, None)
    await downtimes(world, 0)
    assert (await offered(world, "netbanking:HDFC"))["enabled"]
    await judged(world)
    await fail(world, HDFC, 1)
    await world.engine.critical.drain(5)
    await downtimes(world, 0)


async def test_a_process_that_has_not_read_of_it_ends_it_too(world: World) -> None:
    await fail_until_down(world, HDFC)
    world.engine.routes.update(type(world.engine.routes.state)())
    world.engine.routes._read_at = None
    await end(world, HDFC, None)
    await downtimes(world, 0)


async def test_every_ten_seconds_one_attempt_is_offered_as_a_probe(world: World) -> None:
    await fail_until_down(world, HDFC)
    world.clock.advance(seconds=11)
    item = await offered(world, "netbanking:HDFC")
    assert (item["enabled"], item["health"], item["reason"]) == (True, "fluctuating", None)
    payment = await world.open_payment(customer={"ref": "prober"})
    await world.start_attempt(payment["id"], **HDFC)
    async with asyncio.timeout(10):
        while (await offered(world, "netbanking:HDFC"))["enabled"]:
            await asyncio.sleep(0.02)


async def test_a_bank_that_nobody_is_offered_is_never_judged(world: World) -> None:
    for _ in range(6):
        await end(world, {"method": "netbanking", "bank": "NOBANK"}, "bank_down")
        await judged(world)
    await world.engine.critical.drain(5)
    assert await rows(world) == []


async def test_a_methods_document_is_still_one_statement_while_a_bank_is_down(
    quiet_world: World,
) -> None:
    world = quiet_world
    payment = await world.open_payment()
    provider = ("netbanking", "HDFC")
    assert await world.engine.work.begin_downtime(provider, world.engine.now())  # type: ignore[arg-type]
    await refresh_routes(world.engine)
    with counted(world) as statements:
        items = items_of(await read_methods(world, payment), "netbanking")
    assert statements.cost == (1, 0)
    assert [item["id"] for item in items if not item["enabled"]] == ["netbanking:HDFC"]


async def reported(world: World, body: dict[str, Any], code: str) -> None:
    """Five customers' attempts start, and then webhooks report the same for all."""
    attempts = []
    for _ in range(5):
        payment = await world.open_payment(customer={"ref": f"customer-{next(_CUSTOMERS)}"})
        attempts.append(await world.start_attempt(payment["id"], **body))
    for attempt in attempts:
        await judged(world)
        bank = {"resp_code": code}
        await send_webhook(
            world, attempt, status="AUTHORIZATION_FAILED", payment_gateway_response=bank
        )


async def test_what_webhooks_report_counts_as_well(world: World) -> None:
    await reported(world, HDFC, "ISSUER_DOWN")
    await downtimes(world, 1)
