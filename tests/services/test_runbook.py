"""Every command of the runbook is run as it is written."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from payment_engine.services.webhooks import inbox
from tests.webhooks import WEBHOOK_AUTH, basic, webhook_body
from tests.world import World

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = _BLOCK.findall(RUNBOOK.read_text())


async def names(world: World) -> dict[str, str]:
    """What the commands are about: a payment of each kind that they name."""
    paid = await world.paid_payment()
    await world.script_mock("refund_hold")
    body = {"amount": 100, "reason": "returned"}
    refund = (await world.post(f"/v1/payments/{paid['id']}/refunds", body)).json()["refund"]
    await world.script_mock("hold")
    await world.script_mock("drop_webhook", times=50)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    [message] = await world.sql("SELECT id FROM outbox_message ORDER BY id LIMIT 1")
    job = "INSERT INTO job (kind, subject, run_at, held_at, created_at) VALUES "
    job += "('delete_card', 'crd_gone', now(), now(), now()) RETURNING id"
    [job_row] = await world.sql(job)
    return {
        "JOB": str(job_row["id"]),
        "API": str(world.api.base_url),
        "KEY": world.keys.admin_key,
        "PAYMENT": payment["id"],
        "ATTEMPT": attempt["id"],
        "REFUND": refund["id"],
        "MESSAGE": str(message["id"]),
        "WEBHOOK": await stored_webhook(world, attempt),
    }


async def stored_webhook(world: World, attempt: dict[str, str]) -> str:
    """A webhook that is stored, as one that was applied wrongly is."""
    headers, body = {"authorization": basic(*WEBHOOK_AUTH)}, webhook_body(attempt)
    event = world.engine.gateways["juspay"].read_webhook(headers, body)
    receipt = inbox.new_receipt(world.engine, "juspay", event, inbox.packed(headers, body))
    assert await inbox.store_webhook(world.engine, receipt)
    return receipt.id


async def run_shell(lines: str, environ: dict[str, str]) -> tuple[int, str]:
    """The exit code and output of a script that ends with its first failure."""
    shell = shutil.which("bash")
    assert shell
    process = await asyncio.create_subprocess_exec(
        *(shell, "-euo", "pipefail", "-c", lines),
        env={"PATH": os.environ["PATH"], **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="install it with: apt-get install curl")
async def test_every_command_of_the_runbook_does_what_it_promises(world: World) -> None:
    environ = await names(world)
    head, *commands = BLOCKS
    assert len(commands) > 20
    for block in commands:
        lines = head + block.replace("curl -fsS", "curl -sS --fail-with-body")
        code, output = await run_shell(lines, environ)
        assert code == 0, f"{block}\n{output}"
    done = (await world.get("/v1/admin/actions?limit=100", world.keys.admin_key)).json()["items"]
    assert {each["action"] for each in done} >= {
        *("route.set", "attempt.sync", "attempts.sync", "refund.retry", "delivery.replay"),
        *("quarantine.reverify", "customer.limit", "job.resume", "messages.redeliver.bulk"),
    }
