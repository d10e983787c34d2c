"""The commands that issue, list and revoke keys, and processes that hear of it."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from payment_engine.domain.errors import Unauthenticated
from payment_engine.services.access.keys import KEY_CACHE_SECONDS, Grant, KeyRing, issue_key
from tests.api.responses import refusal
from tests.commands import run
from tests.forks import run_forked
from tests.processes import ROOT, api_process
from tests.serving import http_client
from tests.world import World


async def keys(
    world: World, folder: Path, *arguments: str, started: bool = False
) -> tuple[int | None, str]:
    """The exit code and all that was printed; ``started``: by a Python of its own."""
    settings = world.engine.settings
    environ = {
        "PYTHONPATH": str(ROOT),
        "PE_DATABASE_URL": settings.database_url,
        "PE_SECRET": settings.secret.get_secret_value(),
    }
    if started:
        return await run(folder, "python", "-m", "payment_engine", "keys", *arguments, **environ)
    return await run_forked(folder, "keys", *arguments, **environ)


async def test_a_person_gets_a_key_from_the_command_line_and_loses_it_everywhere(
    world: World, tmp_path: Path
) -> None:
    issue = ("issue", "Demo Pharmacy", "--person", "asha@pharmacy.example", "--roles", "read")
    code, printed = await keys(world, tmp_path, *issue, started=True)
    assert code == 0, printed
    made = json.loads(printed.splitlines()[-1])
    headers = {"authorization": f"Bearer {made['key']}"}
    async with api_process(world) as (_, url), http_client(url) as other:
        for api in (world.api, other):
            assert (await api.get("/v1/admin/actions", headers=headers)).status_code == 200
        assert (await keys(world, tmp_path, "revoke", made["id"], started=True))[0] == 0
        async with asyncio.timeout(KEY_CACHE_SECONDS + 5):
            for api in (world.api, other):
                while (await _status(api, headers)) != 401:
                    await asyncio.sleep(0.2)
    code, printed = await keys(world, tmp_path, "list", world.keys.merchant_id, started=True)
    rows = [json.loads(line) for line in printed.splitlines() if line.startswith('{"id"')]
    mine = next(row for row in rows if row["id"] == made["id"])
    assert (mine["person"], mine["created_by"]) == ("asha@pharmacy.example", "command line")
    assert mine["revoked_at"]
    assert (await keys(world, tmp_path, "revoke", made["id"]))[0] == 1


async def _status(api: httpx.AsyncClient, headers: dict[str, str]) -> int:
    return (await api.get("/v1/admin/actions", headers=headers)).status_code


async def test_what_cannot_be_issued_is_said_in_one_line(world: World, tmp_path: Path) -> None:
    person = ("--person", "asha")
    for arguments, line in (
        (("issue", "Demo Pharmacy", "--roles", "read"), "Give --person"),
        (("issue", "Demo Pharmacy", *person), "Give --roles"),
        (("issue", "Demo Pharmacy", *person, "--roles", "root"), "Give --roles"),
        (("issue", "Nobody", *person, "--roles", "read"), "There is no merchant Nobody"),
        (("list", "Nobody"), "There is no merchant Nobody"),
    ):
        code, printed = await keys(world, tmp_path, *arguments)
        assert code == 1
        assert line in printed.splitlines()[-1]
        assert "Traceback" not in printed


async def test_a_second_service_key_works_beside_the_first(world: World, tmp_path: Path) -> None:
    code, printed = await keys(world, tmp_path, "issue", "Demo Pharmacy", "--service")
    assert code == 0, printed
    key = json.loads(printed.splitlines()[-1])["key"]
    for token in (key, world.keys.service_key):
        assert (await world.get("/v1/payments?order_id=PO1", token)).status_code == 200


async def test_a_revoked_key_is_forgotten_after_fifteen_seconds_of_the_rings_clock(
    world: World,
) -> None:
    seconds = 0.0
    ring, now = KeyRing(lambda: seconds), world.clock.now()
    grant = Grant(merchant_id=world.keys.merchant_id, roles=["read"])
    row, key = await issue_key(world.engine, grant)
    assert (await ring.caller(key, now)).actor == row.id
    await world.sql("UPDATE api_key SET revoked_at = now() WHERE id = $1 RETURNING id", row.id)
    seconds = 14.9
    assert (await ring.caller(key, now)).actor == row.id
    seconds = 15.0
    assert refusal(await world.get("/v1/admin/actions", key)) == (401, "unauthenticated")
    with pytest.raises(Unauthenticated):
        await ring.caller(key, now)
