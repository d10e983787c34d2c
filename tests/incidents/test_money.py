"""Incidents in which money does not match, or is late."""

import asyncio
from typing import Any

from tests.gauges import scraped
from tests.incidents.oncall import recorded
from tests.incidents.setting import JUSPAY, ROUTE, paid_unnoticed
from tests.incidents.signals import noticed
from tests.webhooks import deliver_webhook
from tests.world import World

WORKERS_ARE_BEHIND = "UPDATE job SET run_at = run_at + interval '2 hours' RETURNING id"
"""No usual check, and no look at an expiry, comes before the action of a person on call."""


async def refunded(world: World, paid: dict[str, Any], kind: str, **more: Any) -> dict[str, Any]:
    """A refund of the payment, which the gateway treats in this way."""
    await world.script_mock(kind, **more)
    body = {"amount": 500, "reason": "returned"}
    made = await world.post(f"/v1/payments/{paid['id']}/refunds", body)
    assert made.status_code == 201, made.text
    return dict(made.json()["refund"])


async def refund_now(world: World, payment_id: str, refund_id: str, status: str) -> None:
    """Wait until the refund has this status."""
    async with asyncio.timeout(15):
        while status not in {
            each["status"]
            for each in (await world.read_payment(payment_id))["refunds"]
            if each["id"] == refund_id
        }:
            await world.run_worker(rounds=1)
            await asyncio.sleep(0.05)


async def test_a_wrong_amount_is_compared_and_looked_up_until_the_gateway_agrees(
    world: World,
) -> None:
    await world.script_mock("drop_webhook", JUSPAY, times=50)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.script_mock("wrong_amount", {**JUSPAY, "path": "*/orders/*"})
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    labels = {**JUSPAY, "subject": "attempt"}
    person = await noticed(world, "MoneyInReview", "open_reviews", "juspay", "attempt", **labels)

    [row] = await person.worklist()
    assert row["amount_reported"] == row["amount"] + 100
    verdict = await person.verdict(row["payment_id"])
    assert verdict["sentence"] == f"{attempt['id']} at juspay is in review: amount differs."
    assert "sync, then resolve" in verdict["next_step"]
    world.clock.advance(minutes=45)
    assert (await person.tries(f"attempts/{row['id']}/sync"))["would_ask"] == "juspay"
    outcome = await person.acts(f"attempts/{row['id']}/sync")
    assert (outcome["after"], outcome["review"]) == ("captured", None)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    await recorded(person)


async def test_a_refund_with_a_wrong_amount_is_looked_up_until_the_gateway_agrees(
    world: World,
) -> None:
    paid = await world.paid_payment()
    refund = await refunded(world, paid, "refund_hold")
    ref = refund["id"].removeprefix("rfd_")
    odd = {"unique_request_id": ref, "status": "SUCCESS", "amount": 2}
    await deliver_webhook(world, paid["attempts"][0], refunds=[odd])
    labels = {**JUSPAY, "subject": "refund"}
    person = await noticed(world, "MoneyInReview", "open_reviews", "juspay", "refund", **labels)

    [row] = await person.worklist()
    assert (row["id"], row["amount"], row["amount_reported"]) == (refund["id"], 500, 200)
    verdict = await person.verdict(row["payment_id"])
    assert verdict["sentence"] == f"{refund['id']} at juspay is in review: amount differs."
    [before] = (await world.read_payment(paid["id"]))["refunds"]
    assert before["review"] == "amount differs"
    await world.mock.post(f"/control/refunds/{ref}/succeed")
    assert (await person.tries(f"refunds/{row['id']}/retry"))["would_ask_about"] == ref
    assert (await person.acts(f"refunds/{row['id']}/retry"))["after"] == "succeeded"
    [after] = (await world.read_payment(paid["id"]))["refunds"]
    assert (after["status"], after["amount"], after["review"]) == ("succeeded", 500, None)
    await recorded(person)


async def test_attempts_without_an_outcome_are_all_looked_up_by_one_action(world: World) -> None:
    world.clock.advance(minutes=-40)
    found = [await paid_unnoticed(world) for _ in range(3)]
    world.clock.advance(minutes=40)
    await world.sql(WORKERS_ARE_BEHIND)
    values = ("juspay", "upi_intent", "1800")
    person = await noticed(world, "StuckPending", "unsettled_attempts", *values, **ROUTE)

    rows = await person.worklist()
    assert [row["id"] for row in rows] == [attempt["id"] for _, attempt in found]
    verdict = await person.verdict(rows[0]["payment_id"])
    assert (verdict["outcome"], verdict["subject"]) == ("pending", rows[0]["id"])
    assert rows[0]["id"] in verdict["sentence"]
    assert verdict["next_step"].startswith("Juspay is checked")
    chosen = {"state": "unsettled", "older_than": 1800, **ROUTE}
    assert (await person.tries("attempts/sync-all", **chosen))["total"] == 3
    await person.acts("attempts/sync-all", **chosen)
    await world.run_worker(rounds=6)
    [bulk] = (await person.reads("bulk-actions"))["items"]
    assert (bulk["state"], bulk["done"], bulk["failed"]) == ("done", 3, 0)
    assert {(await world.read_payment(each["id"]))["status"] for each, _ in found} == {"paid"}
    await recorded(person)


async def test_what_is_undecided_after_five_days_is_escalated_and_then_looked_up(
    world: World,
) -> None:
    world.clock.advance(days=-7)
    payment, attempt = await paid_unnoticed(world)
    world.clock.advance(days=7)
    person = await noticed(world, "AttemptsOverdue", "overdue_attempts")

    [row] = await person.worklist()
    verdict = await person.verdict(row["payment_id"])
    assert verdict["sentence"].startswith(f"juspay has not decided {attempt['id']}, which RBI")
    assert "the customer is owed ₹100 a day" in verdict["next_step"]
    assert await person.tries("attempts/sync-all", state="overdue")
    await person.acts("attempts/sync-all", state="overdue")
    await world.run_worker(rounds=6)
    standing = await person.verdict(row["payment_id"])
    assert standing["outcome"] in ("paid", "conflict", "conflict_refunded")
    assert (await world.read_payment(payment["id"]))["attempts"][0]["status"] == "captured"
    await recorded(person)


async def test_a_second_payment_of_an_order_goes_back_by_its_own_reference(world: World) -> None:
    world.clock.advance(minutes=-20)
    await world.script_mock("refund_hold", JUSPAY)
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    second = await world.start_attempt(payment["id"], replaces=first["id"])
    await world.customer_decides(second)
    await world.wait_for_status(payment["id"], "paid")
    await world.customer_decides(first)
    async with asyncio.timeout(15):
        while not await world.sql("SELECT id FROM refund WHERE status = 'pending'"):
            await world.run_worker(rounds=1)
    world.clock.advance(minutes=20)
    values = ("900",)
    person = await noticed(world, "ConflictNotReturned", "unreturned_conflicts", *values)

    [row] = await person.worklist()
    verdict = await person.verdict(row["payment_id"])
    assert "cannot pay the order: another attempt had paid already" in verdict["sentence"]
    assert verdict["next_step"] == "juspay confirms that it is sent back."
    await world.mock.post(f"/control/refunds/{row['refund_id'].removeprefix('rfd_')}/succeed")
    assert (await person.tries(f"refunds/{row['refund_id']}/retry"))["status"] == "pending"
    outcome = await person.acts(f"refunds/{row['refund_id']}/retry")
    assert outcome["after"] == "succeeded"
    after = await world.read_payment(payment["id"])
    assert (after["status"], after["amount_captured"]) == ("paid", after["amount"] * 2)
    await recorded(person)


async def test_a_refund_that_stays_failed_at_its_gateway_is_left_to_the_shop(
    world: World,
) -> None:
    before, paid = await scraped(world), await world.paid_payment()
    refund = await refunded(world, paid, "refund_failure", code="INSUFFICIENT_BALANCE")
    await refund_now(world, paid["id"], refund["id"], "failed")
    values = ("juspay", "failed")
    person = await noticed(
        world, "RefundFailures", "refunds_total", *values, before=before, **JUSPAY
    )

    [row] = await person.worklist()
    verdict = await person.verdict(row["payment_id"])
    assert f"({refund['id']}) failed (" in verdict["sentence"]
    assert (verdict["actor"], verdict["outcome"]) == ("shop", "refund_failed")
    assert verdict["next_step"].startswith("Refund again")
    assert (await person.tries(f"refunds/{refund['id']}/retry"))["status"] == "failed"
    outcome = await person.acts(f"refunds/{refund['id']}/retry")
    assert (outcome["answered"], outcome["after"]) == (True, "failed")
    body = {"amount": 500, "reason": "balance_topped_up"}
    again = await world.post(f"/v1/payments/{paid['id']}/refunds", body)
    assert again.status_code == 201, again.text
    await refund_now(world, paid["id"], again.json()["refund"]["id"], "succeeded")
    assert sum(each["refunded"] for each in (await world.ledger()).values()) == 500
    await recorded(person)


async def test_a_refund_that_takes_days_is_looked_up_and_not_sent_twice(world: World) -> None:
    world.clock.advance(days=-6)
    paid = await world.paid_payment()
    refund = await refunded(world, paid, "refund_hold")
    world.clock.advance(days=6)
    person = await noticed(world, "RefundsUndecided", "undecided_refunds", "432000", "pending")

    [row] = await person.worklist()
    verdict = await person.verdict(row["payment_id"])
    assert f"({refund['id']}) is on its way: juspay has not confirmed it" in verdict["sentence"]
    assert verdict["next_step"].startswith("juspay is looked up")
    await world.script_mock("drop_webhook")
    await world.mock.post(f"/control/refunds/{refund['id'].removeprefix('rfd_')}/succeed")
    assert (await person.tries(f"refunds/{refund['id']}/retry"))["status"] == "pending"
    assert (await person.acts(f"refunds/{refund['id']}/retry"))["after"] == "succeeded"
    assert sum(each["refunded"] for each in (await world.ledger()).values()) == 500
    await recorded(person)
