"""Ready means able to take payments: a gateway, and the schema of this release."""

from pathlib import Path

import asyncpg
import pytest

from payment_engine.encryption import Sealer
from tests.world import World, running_world


async def test_a_service_with_its_schema_and_a_gateway_is_ready(world: World) -> None:
    answer = await world.api.get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("DELETE FROM tortoise_migrations WHERE name = '0010_names'", "0010_names"),
        ("DROP TABLE tortoise_migrations", "0001_tables"),
    ],
)
async def test_a_database_that_lacks_a_migration_is_not_ready(
    fresh_database: str, tmp_path: Path, statement: str, missing: str
) -> None:
    async with running_world(fresh_database, tmp_path / "spool") as world:
        connection = await asyncpg.connect(fresh_database)
        await connection.execute(statement)
        await connection.close()
        answer = await world.api.get("/ready")
    assert answer.status_code == 503
    assert f"lacks {missing}: run payment-engine migrate" in answer.json()["detail"]


async def test_a_database_of_a_later_release_is_ready(fresh_database: str, tmp_path: Path) -> None:
    async with running_world(fresh_database, tmp_path / "spool") as world:
        await world.sql(
            "INSERT INTO tortoise_migrations (app, name, applied_at) "
            "VALUES ('engine', '9999_later', now()) RETURNING id"
        )
        assert (await world.api.get("/ready")).status_code == 200


async def test_a_service_without_a_gateway_is_not_ready(world: World) -> None:
    world.engine.gateways.clear()
    answer = await world.api.get("/ready")
    assert answer.status_code == 503
    assert "no gateway is configured" in answer.json()["detail"]


async def test_a_service_whose_gateways_are_all_closed_still_takes_refunds_and_webhooks(
    database: str, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    async with running_world(database, spool, closed_gateways=["juspay"]) as world:
        assert (await world.api.get("/ready")).status_code == 200


async def test_a_service_with_the_secret_of_another_database_is_not_ready(world: World) -> None:
    world.engine.sealer = Sealer("another secret of 32 characters!")
    answer = await world.api.get("/ready")
    assert answer.status_code == 503
    assert "PE_SECRET does not open what this database has sealed" in answer.json()["detail"]
