"""How many statements and commits the hot paths cost: counted by the driver, without a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from asyncpg.connection import LoggedQuery

from payment_engine.services.job_handlers import handle_check_charge, handle_refund
from tests.webhooks import send_webhook
from tests.world import World

UPI = {"method": "upi_intent", "client": {"platform": "android"}}
_OF_OTHERS = ("FROM breaker", "INTO process", "SELECT id, version FROM payment")
"""Statements of the background: routing state, heartbeat, requests that wait."""
_WRITES = ("INSERT INTO", "UPDATE ", "DELETE FROM")


@dataclass(eq=False)
class Statements:
    """What the driver sent, without the statements of the background."""

    texts: list[str] = field(default_factory=list)

    def __call__(self, query: LoggedQuery) -> None:
        if not any(other in query.query for other in _OF_OTHERS):
            self.texts.append(query.query)

    @property
    def cost(self) -> tuple[int, int]:
        """Statements, and commits: outside a transaction each statement that writes is one."""
        assert not any(text.startswith("BEGIN") for text in self.texts), self.texts
        commits = sum(any(verb in text for verb in _WRITES) for text in self.texts)
        return len(self.texts), commits


@contextmanager
def counted(world: World) -> Iterator[Statements]:
    statements = Statements()
    connections = list(world.engine.db.pool.connections)
    for connection in connections:
        connection.add_query_logger(statements)
    yield statements
    for connection in connections:
        connection.remove_query_logger(statements)


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
