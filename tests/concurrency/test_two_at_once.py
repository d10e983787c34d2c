"""Two of everything at once: keys, orders, attempts, refunds, webhooks, workers."""

import asyncio
from collections import Counter

from payment_engine.db.job_queues import of_none_of
from payment_engine.domain.jobs import JobKind
from payment_engine.services.queue import delivery, runner
from payment_engine.worker import other_jobs
from tests.world import ORDER, World

ALL = of_none_of([])


async def test_one_key_used_thirty_times_at_once_opens_one_payment(world: World) -> None:
    calls = [world.post("/v1/payments", ORDER, key="same") for _ in range(30)]
    answers = await asyncio.gather(*calls)
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert len(await world.sql("SELECT id FROM payment")) == 1


async def test_one_order_opened_twenty_times_at_once_is_one_payment(world: World) -> None:
    answers = await asyncio.gather(*(world.post("/v1/payments", ORDER) for _ in range(20)))
    assert Counter(a.status_code for a in answers) == {201: 1, 200: 19}
    assert len({a.json()["id"] for a in answers}) == 1


async def test_of_ten_attempts_at_once_one_is_live(world: World) -> None:
    payment = await world.open_payment()
    body = {"method": "upi_intent", "client": {"platform": "android"}}
    path = f"/v1/payments/{payment['id']}/attempts"
    answers = await asyncio.gather(*(world.post(path, body) for _ in range(10)))
    assert Counter(a.status_code for a in answers) == {201: 1, 409: 9}
    assert len((await world.mock.get("/control/orders")).json()["orders"]) == 1


async def test_one_key_used_twice_at_once_charges_once(world: World) -> None:
    payment = await world.open_payment()
    body = {"method": "upi_intent", "client": {"platform": "android"}}
    path = f"/v1/payments/{payment['id']}/attempts"
    answers = await asyncio.gather(*(world.post(path, body, key="same") for _ in range(5)))
    codes = Counter(a.status_code for a in answers)
    assert codes[201] >= 1
    assert codes[201] + codes[409] == 5
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {
        "idempotency_in_progress"
    }
    again = await world.post(path, body, key="same")
    assert again.json()["attempt"]["id"] == next(
        a.json()["attempt"]["id"] for a in answers if a.status_code == 201
    )


async def test_fifty_refunds_at_once_never_pass_what_was_captured(world: World) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    body = {"amount": 10000, "reason": "test"}
    answers = await asyncio.gather(*(world.post(path, body) for _ in range(50)))
    assert Counter(a.status_code for a in answers) == {201: 11, 422: 39}
    rows = await world.sql("SELECT amount_refund_reserved AS reserved FROM attempt")
    assert rows[0]["reserved"] == 110000


async def test_of_two_concurrent_successes_one_pays_and_one_is_refunded(world: World) -> None:
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    second = await world.start_attempt(payment["id"], replaces=first["id"])
    await asyncio.gather(world.customer_decides(first), world.customer_decides(second))
    await world.wait_for_status(payment["id"], "paid")
    async with asyncio.timeout(15):
        while (current := await world.read_payment(payment["id"]))["amount_refunded"] != 116400:
            await world.run_worker(seconds=30)
            await asyncio.sleep(0.1)
    assert sorted(a["conflict"] or "" for a in current["attempts"]) == ["", "second_success"]
    assert len(current["refunds"]) == 1


async def test_cancel_and_payment_at_once_end_in_exactly_one_of_both(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await asyncio.gather(
        world.customer_decides(attempt), world.post(f"/v1/payments/{payment['id']}/cancel")
    )
    async with asyncio.timeout(15):
        while True:
            await world.run_worker(seconds=30)
            current = await world.read_payment(payment["id"])
            returned = current["amount_captured"] - current["amount_refunded"] == 0
            if current["status"] == "paid" or (current["amount_captured"] and returned):
                break
            await asyncio.sleep(0.1)
    assert (current["status"] == "paid") == (current["amount_refunded"] == 0)


async def test_a_duplicate_webhook_has_one_effect(world: World) -> None:
    await world.script_mock("duplicate_webhook", times=20)
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]))
    await world.wait_for_status(payment["id"], "paid")
    await asyncio.sleep(0.5)
    rows = await world.sql("SELECT type FROM payment_event WHERE type = 'attempt.captured'")
    assert len(rows) == 1
    ids = await world.sql("SELECT event_id, count(*) AS n FROM inbox_notice GROUP BY event_id")
    assert {row["n"] for row in ids} == {1}


async def test_many_workers_do_each_job_once(world: World) -> None:
    done: list[str] = []

    async def note(_: object, subject: str) -> None:
        done.append(subject)
        await asyncio.sleep(0)

    await world.sql(
        "INSERT INTO job (kind, subject, run_at, created_at) "
        "SELECT 'sync_card', n::text, now() - interval '1 s', now() FROM generate_series(1, 200) n "
        "RETURNING id"
    )

    async def worker() -> None:
        while claimed := await runner.claim(world.engine, ALL, 10):
            await asyncio.gather(
                *(runner.run(world.engine, job, {JobKind.SYNC_CARD: note}) for job in claimed)
            )

    await asyncio.gather(*(worker() for _ in range(4)))
    assert Counter(done) == {str(n): 1 for n in range(1, 201)}
    assert await world.sql("SELECT id FROM job") == []


async def test_a_dead_workers_job_is_taken_up_after_its_lease(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    world.clock.advance(seconds=61)
    assert await runner.claim(world.engine, ALL, 10)
    assert await runner.claim(world.engine, ALL, 10) == []
    world.clock.advance(seconds=61)
    assert await other_jobs(world.engine).round() == 1
    assert (await world.read_payment(payment["id"]))["status"] == "expired"


async def test_messages_of_one_payment_never_overtake_each_other(world: World) -> None:
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]))
    await world.wait_for_status(payment["id"], "paid")
    outbox = delivery.Outbox(world.engine)
    first = await outbox.claim(10)
    assert len(first) == 1
    assert await outbox.claim(10) == []
    await outbox.deliver(first[0])
    second = await outbox.claim(10)
    assert [m.type for m in (*first, *second)] == ["payment.pending", "payment.paid"]
