"""Calls invented from the description, with each kind of key: every answer fits the description."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from payment_engine.blueprints.operation import OPERATIONS
from tests.customers import SETTINGS, token_of
from tests.world import World, running_world

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
EXAMPLES = 12


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """Customers sign in with the shop's own tokens."""
    async with running_world(database, tmp_path / "spool", **SETTINGS) as world:
        yield world


def key_of(world: World, caller: str, payment: dict[str, Any]) -> str:
    keys = {
        "service": world.keys.service_key,
        "checkout": payment["checkout"]["token"],
        "status": payment["checkout"]["url"].rpartition("status=")[2],
        "customer": token_of(world, "cust-8812"),
        "admin": world.keys.admin_key,
    }
    return str(keys[caller])


def names_for(caller: str) -> str:
    """A pattern of the operations that take a caller's key."""
    return "|".join(each.name for each in OPERATIONS if caller in each.callers)


def test_every_kind_of_caller_is_tried() -> None:
    assert {caller for each in OPERATIONS for caller in each.callers} == {*CALLERS}


CALLERS = ["service", "checkout", "status", "customer", "admin"]


@pytest.mark.timeout(240)  # ten seconds of one core that nobody else uses
@pytest.mark.parametrize("caller", CALLERS)
async def test_invented_calls_are_answered_as_described(
    world: World, tmp_path: Path, caller: str
) -> None:
    payment = await world.open_payment()
    settings = tmp_path / "schemathesis.toml"
    known = f'[parameters]\n"path.payment_id" = "{payment["id"]}"\n"query.wait" = 0\n'
    settings.write_text(known)
    command: list[Any] = [sys.executable, "-m", "schemathesis.cli", "--config-file", settings]
    command += ["run", f"{world.api.base_url}/v1/openapi.json", "--no-color", "--checks", CHECKS]
    command += ["--header", f"Authorization: Bearer {key_of(world, caller, payment)}"]
    command += ["--include-operation-id-regex", f"^({names_for(caller)})$"]
    command += ["--phases", "examples,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "24068"]
    command += ["--generation-database", "none", "--no-shrink", "--continue-on-failure"]
    run = await asyncio.create_subprocess_exec(
        *command,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await run.communicate()
    assert run.returncode == 0, output.decode()
    assert re.search(r"[1-9]\d* generated", output.decode()), output.decode()
