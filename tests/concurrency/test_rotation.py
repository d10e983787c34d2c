"""A new root secret, and a new secret for messages, while processes of different age run."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from payment_engine.db.models import SavedVpa
from payment_engine.db.sealed_rows import SEALED
from payment_engine.demo.ports import free_port
from payment_engine.domain.upi_vpa import VPA_HASH
from payment_engine.encryption import Sealer
from tests.commands import run
from tests.customers import CONSENT
from tests.forks import run_forked
from tests.processes import ROOT, api_process, forked
from tests.saved_instruments import VPA, owner_columns
from tests.serving import http_client
from tests.world import ORDER, World, running_world

OLD, NEW = "the-old-root-secret-of-these-tests-01", "the-new-root-secret-of-these-tests-02"
BEFORE = {"PE_SECRET": OLD, "PE_SECRET_NEXT": NEW}
AFTER = {"PE_SECRET": NEW, "PE_SECRET_PREVIOUS": OLD}
ALONE = {"PE_SECRET": NEW}
INTENT = {"method": "upi_intent", "client": {"platform": "android"}}
COLLECT = {
    "method": "upi_collect",
    "vpa": "asha.rao@okaxis",
    "save": CONSENT,
    "client": {"platform": "ios"},
}

pytestmark = pytest.mark.timeout(180)  # each starts several processes


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """Its own process is of before: it writes by the old secret, and reads by both."""
    async with running_world(database, tmp_path / "spool", secret=OLD, secret_next=NEW) as world:
        yield world


def ask(token: str, key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "idempotency-key": key}


async def opened(api: httpx.AsyncClient, world: World, order: str) -> dict[str, Any]:
    """A payment of this process, that the same call opens but once."""
    body, headers = {**ORDER, "order_id": order}, ask(world.keys.service_key, order)
    answer = await api.post("/v1/payments", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def used(api: httpx.AsyncClient, world: World, payment: dict[str, Any]) -> None:
    """Do with a payment all that takes keys: tokens, sealed rows, fingerprints, hashes."""
    path, token = f"/v1/payments/{payment['id']}", payment["checkout"]["token"]
    assert (await api.get(path, headers=ask(token, "r"))).status_code == 200
    status = str(payment["checkout"]["url"]).partition("status=")[2]
    status_read = await api.get(f"{path}/status", headers=ask(status, "s"))
    assert status_read.status_code == 200, status_read.text
    again = await opened(api, world, payment["order_id"])
    assert again == payment
    attempt = await api.post(f"{path}/attempts", json=INTENT, headers=ask(token, payment["id"]))
    assert attempt.status_code == 201, attempt.text
    found = await api.get(
        f"/v1/admin/search?q={ORDER['customer']['phone']}",
        headers=ask(world.keys.admin_key, "q"),
    )
    assert payment["id"] in found.text


async def test_processes_before_and_after_a_rotation_read_each_other(world: World) -> None:
    async with (
        api_process(world, **BEFORE) as (_, old_url),
        api_process(world, **AFTER) as (_, new_url),
        http_client(old_url) as old,
        http_client(new_url) as new,
    ):
        await used(new, world, await opened(old, world, "PO-old"))
        await used(old, world, await opened(new, world, "PO-new"))


async def test_every_message_verifies_whichever_process_signs_it(world: World) -> None:
    """The merchant is of a release that derived its secret: both keys sign until it has its own."""
    await world.sql("UPDATE merchant SET notify_sealed = NULL RETURNING id")
    shop = f"whsec_{_base64(Sealer(OLD).derive(f'notify:{world.keys.merchant_id}'))}"
    for order, secrets in (("PO-1", BEFORE), ("PO-2", AFTER)):
        received = await _delivered(world, order, secrets)
        assert len(received["webhook-signature"].split()) == 2
        Webhook(shop).verify(received["body"], received)
    _, printed = await command(world, AFTER, "reseal")
    assert "values encrypted anew" in printed
    received = await _delivered(world, "PO-3", ALONE)
    assert len(received["webhook-signature"].split()) == 1
    Webhook(shop).verify(received["body"], received)


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


async def _delivered(world: World, order: str, secrets: dict[str, str]) -> dict[str, str]:
    """The headers and the body of the message about a cancelled payment, sent by a worker."""
    received: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        exact = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        body = await reader.readexactly(int(headers["content-length"]))
        writer.write(b"HTTP/1.1 204 Done\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        signature = {name.lower(): value for name, value in exact.items()}
        if not received.done():
            received.set_result({**signature, "body": body.decode()})

    port = free_port()
    await world.sql("UPDATE merchant SET notify_url = $1 RETURNING id", f"http://127.0.0.1:{port}/")
    payment = await world.open_payment(order_id=order)
    assert (await world.post(f"/v1/payments/{payment['id']}/cancel", {})).status_code == 200
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server, forked(world, "worker", **secrets):
        return await asyncio.wait_for(received, 40)


async def command(
    world: World, secrets: dict[str, str], *arguments: str, started: bool = False
) -> tuple[int | None, str]:
    """The exit code and all that was printed; ``started``: by a Python of its own."""
    folder, url = world.engine.settings.spool_dir.parent, world.engine.settings.database_url
    environ = {"PE_DATABASE_URL": url, "PYTHONPATH": str(ROOT), **secrets}
    if started:
        return await run(folder, "python", "-m", "payment_engine", *arguments, **environ)
    return await run_forked(folder, *arguments, **environ)


async def test_once_everything_is_encrypted_anew_the_old_secret_can_be_forgotten(
    world: World,
) -> None:
    payment = await world.open_payment()
    token = payment["checkout"]["token"]
    path = f"/v1/payments/{payment['id']}"
    collect = await world.post(f"{path}/attempts", COLLECT, token)
    assert collect.status_code == 201, collect.text
    await world.customer_decides(collect.json()["attempt"])
    await world.wait_for_status(payment["id"], "paid")
    unpaid = await world.open_payment()
    sealed = world.engine.sealer.seal(b"asha.rao@okaxis", VPA)
    hashed = world.engine.sealer.keyed_hashes(VPA_HASH, "asha.rao@okaxis")[0]
    columns = owner_columns(world, sealed=sealed, vpa_hash=hashed, masked="as***@okaxis")
    await SavedVpa.create(id=VPA, **columns, consent_id="c")
    before = await sealed_values(world)
    code, printed = await command(world, AFTER, "reseal", started=True)
    assert code == 1, printed
    assert "answers under idempotency keys wait" in printed
    await world.sql("DELETE FROM idempotency_key RETURNING key")
    code, printed = await command(world, AFTER, "reseal")
    assert (code, "0 values encrypted anew" in printed) == (0, True), printed
    after = await sealed_values(world)
    saved = await SavedVpa.get(id=VPA)
    assert saved.vpa_hash == Sealer(NEW).keyed_hashes(VPA_HASH, "asha.rao@okaxis")[0]
    assert {v[:4] for v in before.values()} == {Sealer(OLD).key_id}
    assert {v[:4] for v in after.values()} == {Sealer(NEW).key_id}
    assert before.keys() == after.keys()
    assert {name.partition(" ")[0] for name in after} >= {
        "payment.customer",
        "attempt.next_action",
        "attempt.payer",
        "consent.circumstances",
        "inbox_notice.sealed",
        "merchant.notify_sealed",
        "saved_vpa.sealed",
    }
    async with api_process(world, **ALONE) as (_, url), http_client(url) as api:
        for number in (ORDER["customer"]["phone"], "asha.rao@okaxis"):
            headers = ask(world.keys.admin_key, "q")
            found = await api.get(f"/v1/admin/search?q={number}", headers=headers)
            assert payment["id"] in found.text, number
        attempts = f"/v1/payments/{unpaid['id']}/attempts"
        started = await api.post(attempts, json=INTENT, headers=ask(world.keys.service_key, "z"))
        assert started.status_code in (201, 403), started.text
        body = {"amount": 100, "reason": "test"}
        refund = await api.post(
            f"{path}/refunds", json=body, headers=ask(world.keys.service_key, "refund")
        )
        assert refund.status_code in (201, 202), refund.text


async def sealed_values(world: World) -> dict[str, bytes]:
    """Every encrypted value, by table, column and row."""
    found: dict[str, bytes] = {}
    for each in SEALED:
        rows = await world.sql(f"SELECT id, {each.column} AS v FROM {each.table}")  # noqa: S608
        for row in rows:
            if row["v"] is not None:
                found[f"{each.table}.{each.column} {row['id']}"] = bytes(row["v"])
    return found


async def test_every_encrypted_column_is_encrypted_anew(fresh_database: str) -> None:
    """A column that is added must be in the list, or the old secret could not be forgotten."""
    connection = await asyncpg.connect(fresh_database)
    try:
        rows = await connection.fetch(
            "SELECT table_name || '.' || column_name AS c FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'bytea'"
        )
    finally:
        await connection.close()
    hashes = {"hash", "fingerprint", "previous", "before"}
    sealed = {row["c"] for row in rows if row["c"].rpartition(".")[2].split("_")[-1] not in hashes}
    listed = {f"{each.table}.{each.column}" for each in SEALED}
    assert sealed - {"idempotency_key.response"} == listed


async def test_what_only_grows_still_does(world: World) -> None:
    """Encrypting anew is no way to change a payment's customer or a consent otherwise."""
    await world.open_payment()
    for statement in (
        "UPDATE payment SET customer = customer || 'x'::bytea",
        "UPDATE payment SET amount = 1, customer = 'abcd'::bytea",
    ):
        with pytest.raises(asyncpg.PostgresError, match="must move its revision"):
            await execute(world, statement)


async def execute(world: World, statement: str) -> None:
    connection = await asyncpg.connect(world.engine.settings.database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_merchants_secret_is_rotated_by_itself(world: World) -> None:
    root = {"PE_SECRET": OLD}
    code, printed = await command(
        world, root, "keys", "rotate-notify-secret", "Demo Pharmacy", "--hours", "1", started=True
    )
    assert code == 0, printed
    new = json.loads(printed.splitlines()[-1])["notify_secret"]
    received = await _delivered(world, "PO-both", BEFORE)
    for secret in (new, world.keys.notify_secret):
        Webhook(secret).verify(received["body"], received)
    await world.sql("UPDATE merchant SET former_notify_until = now() RETURNING id")
    received = await _delivered(world, "PO-new", BEFORE)
    Webhook(new).verify(received["body"], received)
    assert len(received["webhook-signature"].split()) == 1
