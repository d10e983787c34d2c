"""How many statements and commits the hot paths cost: counted by the driver, without a clock."""

from payment_engine.services.job_handlers import handle_check_charge, handle_refund
from tests.statements import counted
from tests.webhooks import charges_looked_up, send_unproven_webhook, send_webhook
from tests.world import World

UPI = {"method": "upi_intent", "client": {"platform": "android"}}


async def paid_payment(world: World) -> str:
    """A payment that a status check found to be paid."""
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    await handle_check_charge(world.engine, attempt["id"])
    return str(payment["id"])


async def test_opening_a_payment_is_one_statement(quiet_world: World) -> None:
    world = quiet_world
    await world.open_payment()
    with counted(world) as statements:
        await world.open_payment()
    assert statements.cost == (1, 1)


async def test_reading_a_payment_is_one_statement(quiet_world: World) -> None:
    world = quiet_world
    payment = await world.open_payment()
    with counted(world) as statements:
        await world.read_payment(payment["id"])
    assert statements.cost == (1, 0)


async def test_an_attempt_is_three_statements_and_two_commits(quiet_world: World) -> None:
    world = quiet_world
    payment = await world.open_payment()
    await world.start_attempt((await world.open_payment())["id"])
    with counted(world) as statements:
        await world.start_attempt(payment["id"])
    assert statements.cost == (3, 2)


async def test_repeating_an_attempt_is_one_statement(quiet_world: World) -> None:
    world = quiet_world
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    await world.post(path, UPI, key="same")
    with counted(world) as statements:
        assert (await world.post(path, UPI, key="same")).status_code == 201
    assert statements.cost == (1, 0)


async def test_a_webhook_is_two_statements_and_one_commit(quiet_world: World) -> None:
    world = quiet_world
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    with counted(world) as statements:
        await send_webhook(world, attempt, status="CHARGED")
    assert statements.cost == (2, 1)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_webhook_that_is_confirmed_costs_a_look_after_it_is_acknowledged(
    quiet_world: World,
) -> None:
    world = quiet_world
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    with counted(world) as statements:
        await send_unproven_webhook(world, attempt)
        await charges_looked_up(world)
    of_driver = ("jit", "typeinfo_tree")
    ours = [each for each in statements.texts if not any(other in each for other in of_driver)]
    assert len(ours) == 6
    assert "lease_until" in ours[2]
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_refund_is_three_statements_and_two_commits(quiet_world: World) -> None:
    world = quiet_world
    payment_id = await paid_payment(world)
    with counted(world) as statements:
        await world.post(f"/v1/payments/{payment_id}/refunds", {"amount": 400, "reason": "test"})
    assert statements.cost == (3, 2)


async def test_a_status_check_is_two_statements_and_one_commit_at_most(quiet_world: World) -> None:
    world = quiet_world
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    with counted(world) as unchanged:
        await handle_check_charge(world.engine, attempt["id"])
    assert unchanged.cost[0] <= 2
    await world.customer_decides(attempt)
    with counted(world) as changed:
        await handle_check_charge(world.engine, attempt["id"])
    assert changed.cost == (2, 1)


async def test_a_check_of_a_refund_is_two_statements_and_one_commit(quiet_world: World) -> None:
    world = quiet_world
    payment_id = await paid_payment(world)
    await world.script_mock("refund_hold")
    path = f"/v1/payments/{payment_id}/refunds"
    refund = (await world.post(path, {"amount": 400, "reason": "test"})).json()["refund"]
    with counted(world) as statements:
        await handle_refund(world.engine, refund["id"])
    assert statements.cost <= (2, 1)
