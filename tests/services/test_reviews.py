"""What puts an attempt under review, and what ends the review."""

import pytest

from tests.people import resolved_by_two
from tests.webhooks import charges_looked_up, deliver_webhook
from tests.world import World


async def test_the_right_amount_after_a_wrong_one_pays_and_ends_the_review(
    world: World,
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, amount=1165)
    assert (await world.read_payment(payment["id"]))["attempts"][0]["review"] == "amount differs"
    await deliver_webhook(world, attempt)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["review"]) == ("paid", None)
    kinds = [row["type"] for row in await world.sql("SELECT type FROM payment_event ORDER BY id")]
    assert kinds.index("review") < kinds.index("review.over")


async def test_a_decline_does_not_explain_a_wrong_amount_away(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, amount=1165)
    await deliver_webhook(world, attempt, status="AUTHORIZATION_FAILED")
    assert (await world.read_payment(payment["id"]))["attempts"][0]["review"] == "amount differs"


async def test_the_end_of_the_schedule_keeps_the_reason_that_was_there(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, amount=1165)
    for _ in range(4):
        await world.run_worker(hours=30)
    assert (await world.read_payment(payment["id"]))["attempts"][0]["review"] == "amount differs"


async def test_a_verdict_after_the_schedule_closes_the_review(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    attempt = await world.start_attempt(payment["id"])
    for _ in range(4):
        await world.run_worker(hours=30)
    current = await world.read_payment(payment["id"])
    assert current["attempts"][0]["review"] == "no verdict from the gateway"
    await deliver_webhook(world, attempt, status="AUTHORIZATION_FAILED")
    current = await world.read_payment(payment["id"])
    assert (current["attempts"][0]["status"], current["attempts"][0]["review"]) == ("failed", None)


@pytest.mark.parametrize("name", ["amount", "currency", "merchant_id"])
async def test_a_success_that_leaves_out_what_it_is_about_is_looked_up(
    world: World, name: str
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, **{name: None})
    await charges_looked_up(world)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["review"]) == ("pending", None)
    await world.script_mock("drop_webhook", times=100)
    await world.customer_decides(attempt)
    await deliver_webhook(world, attempt, **{name: None})
    await charges_looked_up(world)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


@pytest.mark.parametrize(
    ("name", "other", "differs"),
    [("merchant_id", "another", "merchant differs"), ("currency", "USD", "currency differs")],
)
async def test_a_success_for_another_merchant_or_currency_goes_to_review(
    world: World, name: str, other: str, differs: str
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, **{name: other})
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["review"]) == ("pending", differs)


async def test_a_replaced_attempt_that_pays_releases_the_other(world: World) -> None:
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    await world.start_attempt(payment["id"], method="upi_qr", replaces=first["id"])
    await world.customer_decides(first)
    current = await world.wait_for_status(payment["id"], "paid")
    assert [a["next_action"] for a in current["attempts"]] == [None, None]


async def test_money_on_hold_that_pays_nothing_is_no_verdict_at_the_end_of_the_schedule(
    world: World,
) -> None:
    await world.script_mock("http_status", {"path": "*/void"}, status=409, when="before", times=9)
    payment = await world.open_payment(capture="manual")
    token = await world.card_token()
    attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.customer_decides(attempt)
    await charges_looked_up(world)
    await world.run_worker(seconds=95)
    current = (await world.read_payment(payment["id"]))["attempts"][0]
    assert (current["conflict"], current["review"]) == ("cancelled", "void refused: internal_error")
    await resolved_by_two(world, f"attempts/{attempt['id']}", "the gateway will release it")
    for _ in range(4):
        await world.run_worker(hours=30)
    current = (await world.read_payment(payment["id"]))["attempts"][0]
    assert (current["status"], current["review"]) == ("authorized", "no verdict from the gateway")
