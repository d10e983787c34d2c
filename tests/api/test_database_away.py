"""PostgreSQL away: callers are told to come back, and find everything as it was."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from payment_engine.db.migrate import migrate
from payment_engine.demo import postgres
from tests.api.responses import problem, refusal
from tests.databases import create_database
from tests.servers import TEMPLATE
from tests.world import ORDER, World, running_world

AWAY = (503, "unavailable")


@dataclass
class Server:
    """A PostgreSQL of one test's own, which goes and comes back."""

    running: postgres.Postgres

    async def go(self) -> None:
        await asyncio.to_thread(self.running.stop)

    async def come_back(self) -> None:
        old = self.running
        self.running = await asyncio.to_thread(
            postgres.start, old.data_dir, old.port, durable=False
        )


@pytest.fixture(scope="module")
def migrated() -> Iterator[Path]:
    """The data of a PostgreSQL that does not run, with a migrated database in it."""
    with tempfile.TemporaryDirectory(prefix="engine-tests-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        started = postgres.start(folder / "postgres", durable=False)
        try:
            asyncio.run(migrate(started.database(TEMPLATE)))
        finally:
            started.stop()
        yield started.data_dir


@pytest.fixture
async def server(migrated: Path) -> AsyncIterator[Server]:
    started = await asyncio.to_thread(postgres.start, migrated, durable=False)
    server = Server(started)
    yield server
    await server.go()


@pytest.fixture
async def lonely(server: Server, tmp_path: Path) -> AsyncIterator[World]:
    """The service over that PostgreSQL, on a database of the test's own."""
    url = await create_database(server.running.url)
    async with running_world(url, tmp_path / "spool") as world:
        yield world


async def test_while_the_database_is_down_callers_get_503_with_retry_after(
    lonely: World, server: Server
) -> None:
    payment = await lonely.open_payment()
    path = f"/v1/payments/{payment['id']}"
    await server.go()
    answers = [
        await lonely.get("/ready"),
        await lonely.post("/v1/payments", ORDER, key="while-away"),
        await lonely.get(path),
        await lonely.get(path, payment["checkout"]["token"]),
        await lonely.get("/v1/payments?order_id=PO1"),
        await lonely.post(f"{path}/attempts", {"method": "upi_qr"}),
        await lonely.post(f"{path}/cancel"),
        await lonely.post(f"{path}/refunds", {"amount": 1, "reason": "x"}),
        await lonely.get("/v1/payments/pay_x", "pk_not_seen_before"),
    ]
    assert [refusal(answer) for answer in answers] == [AWAY] * len(answers)
    assert {answer.headers["retry-after"] for answer in answers} == {"2"}
    assert {problem(answer)["retryable"] for answer in answers} == {True}
    assert (await lonely.api.get("/live")).status_code == 200

    await server.come_back()
    assert (await lonely.get("/ready")).status_code == 200
    assert (await lonely.read_payment(payment["id"]))["status"] == "open"
    assert (await lonely.post("/v1/payments", ORDER, key="while-away")).status_code == 201
    assert (await lonely.paid_payment())["status"] == "paid"


async def test_a_reader_who_waits_is_still_answered_after_the_database_was_away(
    lonely: World, server: Server
) -> None:
    payment = await lonely.open_payment()
    path = f"/v1/payments/{payment['id']}"
    waiting = asyncio.create_task(lonely.get(f"{path}?wait=30"))
    async with asyncio.timeout(10):
        while not len(lonely.engine.waiters):
            await asyncio.sleep(0.02)
    await server.go()
    await asyncio.sleep(0.6)
    await server.come_back()
    await lonely.sql(
        "UPDATE payment SET revision = revision + 1, version = version + 1 RETURNING id"
    )
    async with asyncio.timeout(10):
        answer = await waiting
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


async def test_what_a_gateway_answered_is_written_once_the_database_is_back(
    lonely: World, server: Server
) -> None:
    payment = await lonely.open_payment()
    await lonely.script_mock("hang", {"path": "*/txns"}, seconds=0.5)
    path = f"/v1/payments/{payment['id']}/attempts"
    upi = {"method": "upi_intent", "client": {"platform": "android"}}
    charging = asyncio.create_task(lonely.post(path, upi))
    async with asyncio.timeout(10):
        while not await lonely.sql("SELECT id FROM attempt"):
            await asyncio.sleep(0.02)
    await server.go()
    await asyncio.sleep(3)
    await server.come_back()
    answer = await charging
    assert (answer.status_code, answer.json()["attempt"]["status"]) == (201, "pending")
    assert answer.json()["attempt"]["next_action"]["uri"]
