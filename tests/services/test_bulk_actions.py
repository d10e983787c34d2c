"""Actions on many rows: counted first, carried out by workers, stopped where nobody answers."""

import asyncio
from typing import Any

from payment_engine.worker import other_jobs
from tests.services.test_actions import checkable_without_webhook
from tests.world import World

REASON = {"reason": "the outage is over"}


async def begin(world: World, path: str, **body: Any) -> dict[str, Any]:
    """Begin an action; its outcome."""
    answer = await world.post(f"/v1/admin/{path}", {**REASON, **body}, world.keys.admin_key)
    assert answer.status_code == 202, answer.text
    return dict(answer.json()["outcome"])


async def progress(world: World, bulk_id: str) -> dict[str, Any]:
    answer = await world.get(f"/v1/admin/bulk-actions/{bulk_id}", world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def ended(world: World, bulk_id: str) -> dict[str, Any]:
    """The action once workers are through with it."""
    async with asyncio.timeout(30):
        while (now := await progress(world, bulk_id))["state"] == "running":
            await other_jobs(world.engine).round()
            world.clock.advance(seconds=2)
    return now


async def test_all_pending_attempts_are_looked_up_by_one_action(world: World) -> None:
    found = [await checkable_without_webhook(world) for _ in range(3)]
    assert await begin(world, "attempts/sync-all", state="unsettled", dry_run=True) == {"total": 3}
    assert await world.sql("SELECT id FROM bulk_action") == []
    begun = await begin(world, "attempts/sync-all", state="unsettled", gateway="juspay")
    assert begun["total"] == 3
    done = await ended(world, begun["bulk_id"])
    assert (done["state"], done["done"], done["changed"], done["failed"]) == ("done", 3, 3, 0)
    assert {(await world.read_payment(payment_id))["status"] for payment_id, _ in found} == {"paid"}
    audited = await world.sql("SELECT subject FROM admin_action WHERE action = 'attempt.sync'")
    assert {row["subject"] for row in audited} == {attempt_id for _, attempt_id in found}


async def test_an_action_goes_on_batch_by_batch(world: World) -> None:
    await world.paid_payment()
    await world.sql(
        "INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, state, "
        "run_at, created_at) SELECT 'msg_' || lpad(n::text, 20, '0'), $1, 'pay_' || n, n, 'x', "
        "'{}', 'dead', now(), now() - n * interval '1 s' FROM generate_series(1, 60) n "
        "RETURNING id",
        world.keys.merchant_id,
    )
    begun = await begin(world, "messages/redeliver-all", state="dead")
    await other_jobs(world.engine).round()
    now = await progress(world, begun["bulk_id"])
    assert (now["state"], now["done"], now["total"], now["finished_at"]) == (
        "running",
        25,
        60,
        None,
    )
    done = await ended(world, begun["bulk_id"])
    assert (done["state"], done["done"], done["changed"]) == ("done", 60, 60)
    assert await world.sql("SELECT id FROM outbox_message WHERE state = 'dead'") == []


async def test_an_action_stops_where_half_get_no_answer(world: World) -> None:
    for _ in range(11):
        await checkable_without_webhook(world)
    script = {"path": "*/orders/*"}
    await world.script_mock("http_status", script, times=50, status=500, when="before")
    begun = await begin(world, "attempts/sync-all", state="pending")
    done = await ended(world, begun["bulk_id"])
    assert done["failed"] == done["done"] == 11


async def test_a_person_stops_an_action_for_good(world: World) -> None:
    await checkable_without_webhook(world)
    begun = await begin(world, "attempts/sync-all", state="pending")
    path = f"/v1/admin/bulk-actions/{begun['bulk_id']}/stop"
    for stopped in (True, False):
        answer = await world.post(path, REASON, world.keys.admin_key)
        assert answer.json()["outcome"]["stopped"] is stopped
    await other_jobs(world.engine).round()
    now = await progress(world, begun["bulk_id"])
    assert (now["state"], now["done"]) == ("stopped", 0)
    assert await world.sql("SELECT id FROM job WHERE kind = 'bulk_action'") == []
    listed = await world.get("/v1/admin/bulk-actions?state=stopped", world.keys.admin_key)
    assert [one["id"] for one in listed.json()["items"]] == [begun["bulk_id"]]


async def test_refunds_that_wait_are_retried_and_none_is_sent_twice(world: World) -> None:
    await world.script_mock("refund_hold", times=3)
    paid = await world.paid_payment()
    for _ in range(3):
        body = {"amount": 100, "reason": "test"}
        await world.post(f"/v1/payments/{paid['id']}/refunds", body)
    begun = await begin(world, "refunds/retry-all", state="unsettled")
    done = await ended(world, begun["bulk_id"])
    assert (done["state"], done["done"], done["failed"]) == ("done", 3, 0)
    [charge] = (await world.ledger()).values()
    assert charge["refunded"] <= 300


async def test_quarantined_webhooks_are_verified_again_by_one_action(world: World) -> None:
    for body in (b"{}", b"[1]"):
        await world.api.post("/v1/juspay/webhook", content=body, auth=("wrong", "wrong"))
    begun = await begin(world, "quarantine/reverify-all", cause="wrong_signature")
    done = await ended(world, begun["bulk_id"])
    assert (done["total"], done["done"], done["changed"]) == (2, 2, 0)


async def test_an_action_on_a_time_that_has_not_begun_is_refused(world: World) -> None:
    later = {"since": "3447-09-21T13:38:06+05:30", "until": "3448-09-21T13:38:06+05:30"}
    for body in (later, {"since": later["since"]}):
        answer = await world.post(
            "/v1/admin/quarantine/reverify-all", {**REASON, **body}, world.keys.admin_key
        )
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"pointer": "/since", "message": "must be in the past"}]
