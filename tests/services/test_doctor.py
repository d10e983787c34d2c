"""The doctor: each fault made real, found, and answered by what to do about it."""

import os
import re
import time
from pathlib import Path

import asyncpg
import pytest

from payment_engine.demo.ports import free_port
from payment_engine.encryption import OTHER_ROOT
from payment_engine.services.oncall import doctor
from tests.commands import run
from tests.databases import create_empty_database, drop_database
from tests.forks import run_forked
from tests.processes import ROOT
from tests.world import JUSPAY, World

pytestmark = pytest.mark.timeout(120)


async def examined(
    world: World, folder: Path, *, without: str = "-", **changes: str
) -> tuple[int | None, dict[str, str]]:
    """The exit code, and the advice by subject: empty where all is well."""
    environ = surroundings(world, folder, changes)
    environ = {name: value for name, value in environ.items() if not name.startswith(without)}
    return findings(*await run_forked(folder, "doctor", **environ))


def surroundings(world: World, folder: Path, changes: dict[str, str]) -> dict[str, str]:
    """The environment of an installation that works, with these changes."""
    settings = world.engine.settings
    return {
        "PYTHONPATH": str(ROOT),
        "PE_DATABASE_URL": settings.database_url,
        "PE_SECRET": settings.secret.get_secret_value(),
        "PE_SPOOL_DIR": str(folder / "spool"),
        "PE_PUBLIC_URL": settings.public_url,
        "PE_GATEWAYS__JUSPAY__BASE_URL": settings.gateways["juspay"]["base_url"],
        **{f"PE_GATEWAYS__JUSPAY__{key.upper()}": value for key, value in JUSPAY.items()},
        **changes,
    }


def findings(code: int | None, printed: str) -> tuple[int | None, dict[str, str]]:
    """The exit code, and the advice by subject that was printed."""
    assert "Traceback" not in printed
    lines = re.findall(r"^(ok|FAIL) +([a-z ]+?)(?:  +(.*))?$", printed, re.MULTILINE)
    assert lines, printed
    for verdict, _, advice in lines:
        assert (verdict == "FAIL") == bool(advice), printed
    return code, {subject: advice for _, subject, advice in lines}


async def test_nothing_is_wrong_with_an_installation_that_works(
    world: World, tmp_path: Path, mongo_url: str
) -> None:
    environ = surroundings(world, tmp_path, {"PE_MONGO_URL": mongo_url})
    command = ("python", "-m", "payment_engine", "doctor")
    code, found = findings(*await run(tmp_path, *command, **environ))
    assert found == dict.fromkeys(
        [
            *(
                "settings",
                "postgresql",
                "migrations",
                "clock",
                "mongodb",
                "spool",
                "broker",
                "secrets",
            ),
            *("public url", "gateways", "keys of juspay"),
        ],
        "",
    )
    assert code == 0


async def test_settings_that_do_not_fit_are_a_line_each(world: World, tmp_path: Path) -> None:
    code, found = await examined(world, tmp_path, PE_DATABASE_POOL="many", PE_NONSENSE="1")
    assert code == 1
    assert found.keys() == {"settings"}


async def test_a_database_that_is_away_is_one_finding_and_not_a_traceback(
    world: World, tmp_path: Path
) -> None:
    away = f"postgres://postgres@127.0.0.1:{free_port()}/none"
    code, found = await examined(world, tmp_path, PE_DATABASE_URL=away)
    assert code == 1
    assert found["postgresql"].startswith("correct PE_DATABASE_URL or start it")
    assert found["migrations"] == found["clock"] == "the database does not answer: see postgresql"
    assert found["gateways"] == ""


async def test_an_empty_database_needs_migrating(
    world: World, tmp_path: Path, postgres_url: str
) -> None:
    empty = await create_empty_database(postgres_url)
    try:
        code, found = await examined(world, tmp_path, PE_DATABASE_URL=empty)
    finally:
        await drop_database(postgres_url, empty)
    assert code == 1
    assert found["migrations"].startswith("run payment-engine migrate")


async def test_what_is_away_and_what_is_wrong_outside_is_named(
    world: World, tmp_path: Path
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    code, found = await examined(
        world,
        tmp_path,
        PE_MONGO_URL=f"mongodb://{nowhere}/",
        PE_MESSAGES_BROKER=f"nats://{nowhere}",
        PE_PUBLIC_URL=f"http://{nowhere}",
        PE_GATEWAYS__JUSPAY__BASE_URL=f"http://{nowhere}/juspay",
        PE_SECRET_PREVIOUS="p" * 32,
        PE_SECRET_NEXT="n" * 32,
    )
    assert code == 1
    assert found["mongodb"].startswith("correct PE_MONGO_URL or start it: ServerSelectionTimeout")
    assert found["broker"].startswith("correct PE_MESSAGES_BROKER or start NATS JetStream: Connect")
    assert found["public url"].endswith("does not lead to the API: never_sent")
    assert found["keys of juspay"] == "let this machine reach juspay: never_sent"
    assert "both set" in found["secrets"]


async def test_keys_that_the_gateway_refuses_are_named_and_not_printed(
    world: World, tmp_path: Path
) -> None:
    wrong = {"PE_GATEWAYS__JUSPAY__API_KEY": "sk_of_somebody_else"}
    code, found = await examined(world, tmp_path, **wrong)
    assert code == 1
    assert found["keys of juspay"] == (
        "correct PE_GATEWAYS__JUSPAY__...: juspay refuses these keys"
    )


async def test_a_secret_that_is_not_the_one_of_the_database_is_named_for_every_command(
    world: World, tmp_path: Path
) -> None:
    _, found = await examined(world, tmp_path, PE_SECRET="another secret of 32 characters!")
    assert found["secrets"].startswith("PE_SECRET does not open what this database has sealed")
    [merchant] = await world.sql("SELECT name FROM merchant")
    keys = await world.sql("SELECT id FROM api_key")
    environ = {
        "PE_DATABASE_URL": world.engine.settings.database_url,
        "PE_SECRET": "another secret of 32 characters!",
    }
    code, printed = await run_forked(tmp_path, "merchant", merchant["name"], **environ)
    assert (code, printed.splitlines()) == (1, [f"{OTHER_ROOT}."])
    assert await world.sql("SELECT id FROM api_key") == keys


async def test_an_address_of_something_else_is_not_ours(world: World, tmp_path: Path) -> None:
    mock = str(world.mock.base_url).rstrip("/")
    _, found = await examined(world, tmp_path, PE_PUBLIC_URL=mock)
    assert "leads elsewhere" in found["public url"]
    _, found = await examined(world, tmp_path, PE_PUBLIC_URL="http://pay.shop.example")
    assert found["public url"].endswith("must begin with https://")


async def test_no_gateway_at_all_is_a_finding(world: World, tmp_path: Path) -> None:
    code, found = await examined(world, tmp_path, without="PE_GATEWAYS__JUSPAY")
    assert code == 1
    assert found["gateways"].startswith("configure one")


async def test_settings_of_a_gateway_that_do_not_fit_are_a_line_each_for_every_command(
    world: World, tmp_path: Path
) -> None:
    wrong = {"PE_GATEWAYS__JUSPAY__BASE_URL": "juspay", "PE_GATEWAYS__JUSPAY__API_KEY": ""}
    code, found = await examined(world, tmp_path, **wrong)
    assert (code, found.keys()) == (1, {"settings"})
    for command in ("api", "worker", "migrate"):
        code, printed = await run_forked(tmp_path, command, PE_SECRET="s" * 32, **wrong)
        assert code == 1
        assert "PE_GATEWAYS__JUSPAY__BASE_URL: " in printed
        assert "Traceback" not in printed


async def test_a_spool_that_cannot_be_written_or_is_on_a_full_disk(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    _, found = await examined(world, tmp_path, PE_SPOOL_DIR=str(blocked / "spool"))
    assert found["spool"].startswith("make PE_SPOOL_DIR")
    monkeypatch.setattr(doctor, "_LEAST_FREE", 2**62)
    findings = {each.subject: each.advice async for each in doctor.examine(world.engine)}
    assert (findings["spool"] or "").startswith("make room in PE_SPOOL_DIR")


async def test_a_clock_that_is_off_is_named_with_its_distance(world: World) -> None:
    world.engine.heartbeat._wall = lambda: time.time() + 90
    findings = {each.subject: each.advice async for each in doctor.examine(world.engine)}
    assert findings["clock"] == "set this machine's clock by NTP: it is +90 s off the database's"


async def test_a_role_that_may_not_read_is_told_apart_from_a_database_that_is_away(
    world: World, tmp_path: Path
) -> None:
    url = world.engine.settings.database_url
    connection = await asyncpg.connect(url)
    role = f"doctor_{os.getpid()}"
    await connection.execute(f"CREATE ROLE {role} LOGIN")
    try:
        code, found = await examined(
            world, tmp_path, PE_DATABASE_URL=url.replace("postgres@", f"{role}@", 1)
        )
    finally:
        await connection.execute(f"DROP ROLE {role}")
        await connection.close()
    assert code == 1
    assert found["postgresql"] == ""
    assert found["migrations"]
