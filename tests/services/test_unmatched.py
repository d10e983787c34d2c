"""What a gateway tells of charges and refunds that we do not know."""

import asyncio
from typing import Any

import pytest

from payment_engine.db.unmatched import check_again, list_open, mark_matched
from payment_engine.domain.errors import NotFound
from payment_engine.domain.payment_methods import Method
from payment_engine.services.access.merchants import register
from payment_engine.services.webhooks.unmatched import match_charge
from tests.api.responses import refusal
from tests.webhooks import send_unproven_webhook
from tests.world import World

UNKNOWN = {"id": "att_01m8cn5bkbc522jyhvz5"}


async def test_an_unknown_charge_is_stored_once_with_the_last_that_was_reported(
    world: World,
) -> None:
    for status in ("PENDING_VBV", "CHARGED"):
        answer = await send_unproven_webhook(world, UNKNOWN, status=status)
        assert answer.status_code == 200
    [row] = await list_open(10)
    assert (row.kind, row.reference, row.times) == ("charge", "01m8cn5bkbc522jyhvz5", 2)
    assert (row.status, row.amount, row.gateway_status) == ("captured", 116400, "CHARGED")


async def test_its_refunds_are_stored_beside_it(world: World) -> None:
    refund = {"unique_request_id": "rfd1", "amount": 100, "status": "SUCCESS"}
    await send_unproven_webhook(world, UNKNOWN, refunds=[refund])
    found = {(row.kind, row.reference): row for row in await list_open(10)}
    assert found.keys() == {("charge", "01m8cn5bkbc522jyhvz5"), ("refund", "rfd1")}
    assert found["refund", "rfd1"].amount == 10000


async def test_a_known_charge_is_not_stored(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await send_unproven_webhook(world, attempt, status="PENDING_VBV")
    assert await list_open(10) == []


async def unknown_charge(world: World) -> dict[str, Any]:
    """A charge that the gateway took and of which our tables lost everything."""
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], method="netbanking", bank="HDFC")
    for statement in (
        "SET session_replication_role = replica",
        "DELETE FROM job",
        "DELETE FROM payment_event",
        "DELETE FROM outbox_message",
        "DELETE FROM attempt",
        "DELETE FROM payment",
        "RESET session_replication_role",
    ):
        await world.engine.db.fetch(statement)
    return attempt


@pytest.mark.breaks_invariants("rows are removed as a restore to an earlier moment loses them")
async def test_a_charge_that_its_merchant_names_pays_once_the_gateway_confirms_it(
    world: World,
) -> None:
    attempt = await unknown_charge(world)
    reference = attempt["id"].removeprefix("att_")
    await world.customer_decides(attempt)
    async with asyncio.timeout(10):
        while not await list_open(10):
            await asyncio.sleep(0.05)
    again = await world.open_payment()
    await match_charge(world.engine, reference, again["id"], Method.NETBANKING, "shop says so")
    assert (await world.read_payment(again["id"]))["status"] != "paid"
    await world.run_worker()
    await world.wait_for_status(again["id"], "paid")
    assert await list_open(10) == []


@pytest.mark.breaks_invariants("rows are removed as a restore to an earlier moment loses them")
async def test_a_charge_of_another_amount_pays_nothing(world: World) -> None:
    attempt = await unknown_charge(world)
    await world.customer_decides(attempt)
    async with asyncio.timeout(10):
        while not await list_open(10):
            await asyncio.sleep(0.05)
    lines = [{"label": "Item", "amount": 5000}]
    other = await world.open_payment(amount=5000, breakdown=lines)
    reference = attempt["id"].removeprefix("att_")
    await match_charge(world.engine, reference, other["id"], Method.NETBANKING, "a mistake")
    await world.run_worker()
    rows = await world.sql("SELECT review FROM attempt")
    assert [row["review"] is not None for row in rows] == [True]
    assert (await world.read_payment(other["id"]))["status"] != "paid"


async def test_what_no_gateway_has_reported_cannot_be_matched(world: World) -> None:
    payment = await world.open_payment()
    with pytest.raises(NotFound, match="no gateway has reported"):
        await match_charge(world.engine, "x", payment["id"], Method.CARD, "typo")
    await send_unproven_webhook(world, {"id": "att_other-system/1"})
    with pytest.raises(NotFound, match="no reference of ours"):
        await match_charge(world.engine, "other-system/1", payment["id"], Method.CARD, "theirs")


async def test_everything_undecided_is_asked_about_and_what_failed_since_a_time(
    world: World,
) -> None:
    before = world.engine.now()
    paid, failed, open_ = [await world.open_payment() for _ in range(3)]
    await world.customer_decides(await world.start_attempt(paid["id"]))
    await world.customer_decides(await world.start_attempt(failed["id"]), "decline")
    await world.start_attempt(open_["id"])
    await world.wait_for_status(paid["id"], "paid")
    async with asyncio.timeout(10):
        while await world.sql("SELECT 1 FROM attempt WHERE status = 'failed'") == []:
            await asyncio.sleep(0.05)
    assert await check_again(world.engine.db, before) == {"check_charge": 2, "refund": 0}
    assert await check_again(world.engine.db, world.engine.now()) == {
        "check_charge": 1,
        "refund": 0,
    }


async def listed(world: World, query: str = "", token: str | None = None) -> list[dict[str, Any]]:
    answer = await world.get(f"/v1/admin/unmatched{query}", token or world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_people_on_call_list_what_we_do_not_know(world: World) -> None:
    refund = {"unique_request_id": "rfd1", "amount": 100, "status": "SUCCESS"}
    await send_unproven_webhook(world, UNKNOWN, refunds=[refund])
    charge, refunded = sorted(await listed(world), key=lambda one: str(one["kind"]))
    assert (charge["reference"], charge["gateway"]) == ("01m8cn5bkbc522jyhvz5", "juspay")
    assert (charge["amount_display"], charge["times"]) == ("₹1,164.00", 1)
    assert (refunded["reference"], refunded["amount"]) == ("rfd1", 10000)
    assert refunded["charge_reference"] == "01m8cn5bkbc522jyhvz5"
    assert charge["age_seconds"] >= 0
    assert [one["kind"] for one in await listed(world, "?kind=refund")] == ["refund"]
    assert await listed(world, "?gateway=paytm") == []


async def test_the_list_goes_on_where_a_page_ended(world: World) -> None:
    refund = {"unique_request_id": "rfd1", "amount": 100, "status": "SUCCESS"}
    await send_unproven_webhook(world, UNKNOWN, refunds=[refund])
    answer = await world.get("/v1/admin/unmatched?limit=1", world.keys.admin_key)
    first, after = answer.json()["items"], answer.json()["next"]
    second = await listed(world, f"?limit=1&after={after}")
    assert {one["kind"] for one in (*first, *second)} == {"charge", "refund"}


async def test_what_was_matched_leaves_the_list_of_what_is_open(world: World) -> None:
    await send_unproven_webhook(world, UNKNOWN, status="CHARGED")
    payment = await world.open_payment()
    await mark_matched((await listed(world))[0]["id"], payment["id"], world.clock.now())
    assert await listed(world) == []
    [matched] = await listed(world, "?state=matched")
    assert matched["payment_id"] == payment["id"]
    assert matched["matched_at"]
    assert len(await listed(world, "?state=any")) == 1


async def test_the_list_is_for_the_platform_since_it_names_no_merchant(world: World) -> None:
    other = await register(world.engine, "Grocer", None)
    answer = await world.get("/v1/admin/unmatched", other.admin_key)
    assert refusal(answer) == (403, "forbidden")
