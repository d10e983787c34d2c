"""From nothing to a paid order with what compose starts: the image's code, its secrets' files, its
bootstrap and its health checks, on a real PostgreSQL and MongoDB."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from tests.databases import create_empty_database, drop_database, execute
from tests.packaging.containers import Containers
from tests.packaging.image_layout import lay_out
from tests.servers import ServerUnavailable, server_url
from tests.serving import http_client


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """The image's code, laid out once: whoever starts first writes its bytecode."""
    with tempfile.TemporaryDirectory(prefix="engine-image-") as name:
        lay_out(Path(name))
        yield Path(name)


@pytest.fixture
async def containers(
    postgres_url: str, open_folder: Path, image: Path
) -> AsyncIterator[Containers]:
    """Nothing is started yet; the databases have the account that compose gives them."""
    database = await create_empty_database(postgres_url)
    at = urlsplit(database)
    try:
        mongo = urlsplit(server_url("mongo")).netloc
    except ServerUnavailable:
        mongo = None
    accounts = database.rpartition("/")[2]
    made = Containers(
        open_folder,
        image,
        f"{at.hostname}:{at.port}{at.path}",
        f"{mongo}/?authSource={accounts}" if mongo else None,
    )
    with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        await execute(postgres_url, "CREATE ROLE engine SUPERUSER LOGIN")
    if mongo:
        await _mongo_account(mongo, accounts, made.secret("mongo_password"))
    yield made
    await drop_database(postgres_url, database)


async def _mongo_account(server: str, database: str, password: str) -> None:
    client: Any = AsyncIOMotorClient(f"mongodb://{server}")
    roles = [{"role": "root", "db": "admin"}]
    await client[database].command("createUser", "engine", pwd=password, roles=roles)
    client.close()


async def wait_for(condition: Any) -> Any:
    async with asyncio.timeout(30):
        while not (found := await condition()):
            await asyncio.sleep(0.1)
        return found


@pytest.mark.timeout(180)
async def test_compose_leads_to_a_paid_order(containers: Containers) -> None:
    assert await containers.finished("migrate") == 0
    async with containers.running("api", "worker", "mock"), http_client() as client:
        mock = containers.url("mock")
        bought = await client.post(f"{mock}/shop/buy")
        checkout = urlsplit(bought.headers["location"])
        assert f"{checkout.scheme}://{checkout.netloc}" == containers.url("api")
        assert (await client.get(bought.headers["location"])).status_code == 200
        payment = checkout.path.rpartition("/")[2]
        token = checkout.fragment.partition("&")[0]
        attempt = await client.post(
            f"{containers.url('api')}/v1/payments/{payment}/attempts",
            json={"method": "upi_qr"},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "compose"},
        )
        assert attempt.status_code == 201, attempt.text
        [order] = (await client.get(f"{mock}/control/orders")).json()["orders"]
        await client.post(f"{mock}/control/orders/{order['order_id']}/approve")

        async def notified() -> list[Any]:
            listed = (await client.get(f"{mock}/shop/notifications")).json()["notifications"]
            return [n for n in listed if n["content"]["type"] == "payment.paid"]

        [message] = await wait_for(notified)
        assert message["content"]["data"]["payment"]["id"] == payment
        key = {"Authorization": f"Bearer {containers.secret('pe_bootstrap_admin_key')}"}
        listed = await client.get(
            f"{containers.url('api')}/v1/admin/payments/{payment}/timeline", headers=key
        )
        assert listed.json()["payment"]["status"] == "paid"


async def test_a_second_start_changes_neither_the_merchant_nor_its_keys(
    containers: Containers,
) -> None:
    assert await containers.finished("migrate") == 0
    before = await _rows(containers)
    assert [len(rows) for rows in before] == [1, 2]
    assert await containers.finished("migrate") == 0
    assert await _rows(containers) == before


async def _rows(containers: Containers) -> list[list[tuple[Any, ...]]]:
    address = containers.addresses["postgres:5432/payment_engine"]
    connection = await asyncpg.connect(f"postgres://postgres@{address}")
    tables = (
        "SELECT id, name, notify_url FROM merchant",
        "SELECT id, key_hash FROM api_key ORDER BY 1",
    )
    rows = [[tuple(row) for row in await connection.fetch(each)] for each in tables]
    await connection.close()
    return rows


@pytest.mark.parametrize("command", ["mock", "demo"])
async def test_the_production_image_has_neither_mock_nor_demo(
    containers: Containers, command: str
) -> None:
    production = containers.image / "production" / "payment_engine"
    assert not any((production / part).exists() for part in ("mock", "demo", "simulator"))
    assert (production / "migrations" / "0001_tables.py").exists()
    containers.services["api"]["command"] = [command]
    assert await containers.finished("api") == 1


@pytest.fixture
def elsewhere(open_folder: Path) -> Iterator[Path]:
    """A folder with somebody else's migrations in it."""
    folder = open_folder / "elsewhere" / "migrations"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    yield folder.parent
    shutil.rmtree(folder.parent)


async def test_a_folder_of_migrations_elsewhere_on_the_path_is_not_taken_for_ours(
    containers: Containers, elsewhere: Path
) -> None:
    shutil.copytree(containers.image, containers.folder / "image")
    containers.image = containers.folder / "image"
    for part in ("app", "production"):
        shutil.copytree(elsewhere / "migrations", containers.image / part / "migrations")
    assert await containers.finished("migrate") == 0
    assert [len(rows) for rows in await _rows(containers)] == [1, 2]
