"""A part of what is held is taken, once, and the rest released; capture and void never both."""

import asyncio

from payment_engine.db.snapshot import get_by_attempt
from payment_engine.services.attempts.capture import capture_or_void
from tests.authorized import authorized_payment
from tests.webhooks import deliver_webhook
from tests.world import World


async def moved(world: World) -> list[tuple[int, int]]:
    """What customers were charged and given back."""
    return [(row["charged"], row["refunded"]) for row in (await world.ledger()).values()]


async def test_a_part_is_taken_and_the_rest_released(world: World) -> None:
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}"
    taken = (await world.post(f"{path}/capture", {"amount": 100000})).json()
    assert (taken["status"], taken["amount_captured"]) == ("paid", 100000)
    assert taken["amount_authorized"] == 100000
    assert await moved(world) == [(100000, 0)]
    over = await world.post(f"{path}/refunds", {"amount": 100001, "reason": "x"})
    assert (over.json()["code"], over.json()["available"]) == ("amount_too_high", 100000)
    back = await world.post(f"{path}/refunds", {"amount": 100000, "reason": "x"})
    assert back.status_code == 201


async def test_its_webhook_and_its_refunds_do_not_contradict_it(world: World) -> None:
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}"
    await world.post(f"{path}/capture", {"amount": 100000})
    await world.post(f"{path}/refunds", {"amount": 30000, "reason": "x"})
    async with asyncio.timeout(10):
        while (await world.read_payment(payment["id"]))["amount_refunded"] != 30000:
            await asyncio.sleep(0.05)
    await world.run_worker(seconds=95)
    seen = await world.read_payment(payment["id"])
    assert (seen["amount_captured"], seen["attempts"][0]["review"]) == (100000, None)


async def test_a_part_that_was_taken_without_an_answer_is_found_out(world: World) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("http_status", {"path": "*/capture"}, status=500, when="after")
    path = f"/v1/payments/{payment['id']}/capture"
    asked = await world.post(path, {"amount": 50000})
    assert asked.status_code in (200, 202)
    await world.run_worker(seconds=95)
    seen = await world.wait_for_status(payment["id"], "paid")
    assert seen["amount_captured"] == 50000
    assert await moved(world) == [(50000, 0)]


async def test_a_part_that_never_arrived_is_asked_for_again_as_it_was(world: World) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("http_status", {"path": "*/capture"}, status=500, when="before")
    asked = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 50000})
    assert asked.status_code == 202
    other = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 60000})
    assert (other.status_code, other.json()["code"]) == (409, "capture_in_progress")
    await world.run_worker(seconds=95)
    assert (await world.wait_for_status(payment["id"], "paid"))["amount_captured"] == 50000


async def test_a_capture_of_another_amount_than_requested_goes_to_review(world: World) -> None:
    payment = await authorized_payment(world)
    attempt = payment["attempts"][0]
    part = {"status": "PARTIAL_CHARGED", "maximum_eligible_refund_amount": 7}
    await deliver_webhook(world, attempt, **part)
    seen = await world.read_payment(payment["id"])
    assert seen["attempts"][0]["review"] == "captured amount differs"
    assert seen["status"] == "authorized"


async def test_of_a_concurrent_capture_and_void_exactly_one_happens(world: World) -> None:
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}"
    await asyncio.gather(
        world.post(f"{path}/capture", {"amount": 100000}), world.post(f"{path}/void")
    )
    await world.run_worker(seconds=95)
    seen = await world.read_payment(payment["id"])
    attempt = seen["attempts"][0]
    assert (seen["amount_captured"], attempt["status"]) in [(100000, "captured"), (0, "voided")]
    assert await moved(world) in ([(100000, 0)], [(0, 0)], [])
    assert sum(charged for charged, _ in await moved(world)) == seen["amount_captured"]


async def test_after_a_refusal_another_amount_may_be_asked_for(world: World) -> None:
    payment = await authorized_payment(world)
    attempt_id = payment["attempts"][0]["id"]
    ref = attempt_id.removeprefix("att_")
    await world.mock.post(f"/control/orders/{ref}/status", json={"status": "CAPTURE_FAILED"})
    await world.script_mock("http_status", {"path": "*/capture"}, status=400, when="before")
    await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 50000})
    rows = await world.sql("SELECT amount_to_capture AS wanted, review FROM attempt")
    assert rows[0]["wanted"] is None
    again = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 40000})
    assert again.json()["amount_captured"] == 40000
    snapshot = await get_by_attempt(world.engine.db.connection, attempt_id)
    assert not (await capture_or_void(world.engine, snapshot, attempt_id, "capture")).again
