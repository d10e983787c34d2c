"""The lists of people on call: what waits, is late or contradicts us, and what decides."""

import asyncio
from typing import Any

import pytest

from payment_engine.services.access.merchants import register
from tests.webhooks import deliver_webhook
from tests.world import World

STRAY = {"authorization": "Basic d3Jvbmc6d3Jvbmc="}


async def listed(world: World, path: str) -> list[dict[str, Any]]:
    """The items of a page."""
    return list((await page(world, path))["items"])


async def page(world: World, path: str) -> dict[str, Any]:
    answer = await world.get(f"/v1/admin/{path}", world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def pages(world: World, path: str) -> list[str]:
    """The ids of all pages, one item each."""
    ids, after = [], ""
    while after is not None:
        found = await page(world, f"{path}&limit=1{after and f'&after={after}'}")
        ids += [one["id"] for one in found["items"]]
        after = found["next"]
    return ids


async def test_a_review_shows_our_amount_beside_the_reported_one(quiet_world: World) -> None:
    world = quiet_world
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    [one] = await listed(world, "attempts?state=unsettled")
    assert (one["order_id"], one["amount_reported"]) == (payment["order_id"], None)
    assert one["next_check_at"] > one["created_at"]
    await deliver_webhook(world, attempt, amount=2)
    [one] = await listed(world, "attempts?state=review")
    assert (one["amount"], one["amount_reported"]) == (payment["amount"], 200)
    assert (one["review"], one["amount_reported_display"]) == ("amount differs", "₹2.00")


async def test_a_refund_under_review_is_in_the_list_with_both_amounts(world: World) -> None:
    await world.script_mock("refund_hold")
    paid = await world.paid_payment()
    made = await world.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 500, "reason": "test"})
    ref = made.json()["refund"]["id"].removeprefix("rfd_")
    wrong = {"unique_request_id": ref, "status": "SUCCESS", "amount": 2}
    await deliver_webhook(world, paid["attempts"][0], refunds=[wrong])
    [one] = await listed(world, "refunds?state=review")
    assert (one["amount"], one["amount_reported"]) == (500, 200)
    assert one["amount_reported_display"] == "₹2.00"
    assert one["amount_captured"] == paid["amount"]


async def test_a_declined_attempt_shows_why(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt, "decline")
    await world.wait_for_status(payment["id"], "open")
    [one] = await listed(world, "attempts?state=failed&order=newest")
    assert one["decline_code"]
    assert await listed(world, f"attempts?state=failed&decline_code={one['decline_code']}") == [one]
    assert await listed(world, "attempts?state=failed&decline_code=something_else") == []
    [row] = await listed(world, "payments?status=open")
    assert (row["attempt_count"], row["decline_code"]) == (1, one["decline_code"])


async def test_a_conflict_is_open_until_its_money_is_back(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.script_mock("refund_hold")
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.customer_decides(attempt)
    async with asyncio.timeout(10):
        while not await listed(world, "refunds?state=pending"):
            await world.run_worker(rounds=1)
    [one] = await listed(world, "conflicts?gateway=juspay")
    assert (one["id"], one["conflict"]) == (attempt["id"], "cancelled")
    assert (one["refund_status"], one["amount_refunded"]) == ("pending", 0)
    assert await listed(world, "conflicts?state=returned") == []
    await world.mock.post(f"/control/refunds/{one['refund_id'].removeprefix('rfd_')}/succeed")
    async with asyncio.timeout(10):
        while not (back := await listed(world, "conflicts?state=returned")):
            await world.run_worker(rounds=1, seconds=30)
    assert [each["id"] for each in back] == [attempt["id"]]
    assert await listed(world, "conflicts") == []


async def test_pages_of_one_item_show_each_once_from_either_end(world: World) -> None:
    ids = [(await world.open_payment())["id"] for _ in range(4)]
    assert await pages(world, "payments?order=oldest") == ids
    assert await pages(world, "payments?status=open") == ids[::-1]
    assert await pages(world, "payments?status=paid") == []


async def test_what_was_never_delivered_is_listed_apart_from_what_waits(world: World) -> None:
    paid = await world.paid_payment()
    waiting = await listed(world, "messages")
    assert {one["order_id"] for one in waiting} == {paid["order_id"]}
    assert waiting == sorted(waiting, key=lambda one: one["next_try_at"])
    for state in ("dead", "undeliverable"):
        await world.sql("UPDATE outbox_message SET state = $1 RETURNING id", state)
        found = await listed(world, f"messages?state={state}")
        assert {one["id"] for one in found} == {one["id"] for one in waiting}
        assert {one["next_try_at"] for one in found} == {None}
    assert await listed(world, "messages") == []


async def test_a_webhook_is_listed_with_the_failures_of_applying_it(world: World) -> None:
    await world.paid_payment()
    handled = await listed(world, "notices?state=handled&gateway=juspay")
    assert handled
    await world.sql("UPDATE inbox_notice SET handled_at = NULL RETURNING id")
    await world.sql(
        "INSERT INTO job (kind, subject, run_at, attempts, held_at, last_error, created_at) "
        "VALUES ('handle_notice', $1, now(), 20, now(), 'KeyError', now()) RETURNING id",
        handled[0]["id"],
    )
    one = next(each for each in await listed(world, "notices") if each["tries"])
    assert (one["tries"], one["last_error"], one["next_try_at"]) == (20, "KeyError", None)
    assert one["suspended_at"]
    [job] = await listed(world, "jobs?kind=handle_notice")
    assert (job["subject"], job["last_error"], job["order_id"]) == (one["id"], "KeyError", None)


async def test_a_suspended_job_names_the_payment_that_it_is_about(world: World) -> None:
    payment = await world.open_payment()
    await world.start_attempt(payment["id"])
    await world.sql("UPDATE job SET held_at = now(), last_error = 'TimeoutError' RETURNING id")
    found = await listed(world, "jobs")
    assert {one["kind"] for one in found} == {"check_charge", "expire_payment"}
    assert {one["order_id"] for one in found} == {payment["order_id"]}
    assert len(await pages(world, "jobs?order=oldest")) == len(found)
    other = await register(world.engine, "Grocer", None)
    answer = await world.get("/v1/admin/jobs", other.admin_key)
    assert answer.json() == {"items": [], "next": None}


async def test_one_event_is_quarantined_once_however_often_it_is_sent(world: World) -> None:
    for body in (b"{}", b"{}", b"[1]"):
        await world.api.post("/v1/juspay/webhook", content=body, headers=STRAY)
    found = await listed(world, "quarantine?cause=wrong_signature")
    assert sorted(one["times"] for one in found) == [1, 2]
    assert await listed(world, "quarantine?state=verified") == []
    assert len(await listed(world, "quarantine?state=any&gateway=juspay")) == 2


LISTS = (
    "attempts",
    "conflicts",
    "refunds",
    "payments",
    "messages",
    "notices",
    "quarantine",
    "unmatched",
    "jobs",
)


@pytest.mark.parametrize("name", LISTS)
async def test_every_list_takes_the_same_and_has_one_shape(world: World, name: str) -> None:
    await world.paid_payment()
    times = "since=2026-01-01T00:00:00Z&until=2036-01-01T00:00:00Z"
    for order in ("oldest", "newest"):
        found = await page(world, f"{name}?{times}&order={order}&older_than=0&limit=100")
        assert found.keys() == {"items", "next"}
    backwards = "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z"
    for wrong in (backwards, "order=odd", "limit=0", "after=x", "older_than=-1", "until=today"):
        answer = await world.get(f"/v1/admin/{name}?{wrong}", world.keys.admin_key)
        assert answer.status_code == 422, wrong


async def test_a_list_of_jobs_refuses_the_cursor_of_another_list(world: World) -> None:
    await world.open_payment()
    await world.open_payment()
    after = (await page(world, "payments?limit=1"))["next"]
    answer = await world.get(f"/v1/admin/jobs?after={after}", world.keys.admin_key)
    assert answer.status_code == 422


async def test_another_merchants_payments_are_in_no_list(world: World) -> None:
    await world.paid_payment()
    other = await register(world.engine, "Grocer", None)
    for name in ("attempts?state=any", "refunds?state=any", "payments?", "messages?"):
        answer = await world.get(f"/v1/admin/{name}", other.admin_key)
        assert answer.json() == {"items": [], "next": None}, name
