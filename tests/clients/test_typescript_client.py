"""The TypeScript client: generated, compiled strictly, and used to have an order paid."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from payment_engine.services.queue.delivery import signed_headers
from tests.clients.conftest import run
from tests.world import World

VERIFY = """
import { verified, MessageNotVerified } from "./src/index.js";
const [secret, headers, body] = JSON.parse(process.argv[2]);
try {
  console.log(verified(secret, headers, body).type);
} catch (error) {
  console.log(error instanceof MessageNotVerified);
}
"""
RETRY = """
import { createPaymentEngine } from "./src/index.js";
const keys = [];
const answers = [
  () => { throw new TypeError("fetch failed"); },
  () => new Response("{}", { status: 503, headers: { "Retry-After": "0" } }),
  () => Response.json({ code: "idempotency_in_progress", retryable: true },
    { status: 409, headers: { "Content-Type": "application/problem+json", "Retry-After": "0" } }),
  () => Response.json({ id: "pay_1" }, { status: 201 }),
];
const fetch = async (request) => {
  keys.push(request.headers.get("Idempotency-Key") + (await request.text()).length);
  return answers[keys.length - 1]();
};
const engine = createPaymentEngine("http://localhost", "pk", { fetch });
const opened = await engine.POST("/v1/payments",
  { params: { header: { "Idempotency-Key": "k" } }, body: { order_id: "PO1" } });
console.log(JSON.stringify([opened.data.id, new Set(keys).size, keys.length]));
"""


async def test_it_has_an_order_paid_and_a_part_refunded(
    world: World, typescript_client: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *("node", "dist/example/pay.js", str(world.api.base_url), world.keys.service_key, "PO-ts"),
        cwd=typescript_client,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )
    assert process.stdout
    started = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    assert started["svg"] > 1000
    await world.customer_decides(started["attempt"])
    ended = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    assert await process.wait() == 0
    assert ended == {"status": "paid", "refunded": 100}


def test_it_verifies_messages(typescript_client: Path) -> None:
    secret, body = "whsec_bJ2b5kUtDYRwiXOx4J6pH3KipknVBqh+j18XarcsCOM=", '{"type":"payment.paid"}'
    headers = signed_headers(secret, "msg_1", datetime.now(UTC), body.encode())
    script = typescript_client / "dist" / "verify.mjs"
    script.write_text(VERIFY)
    given = json.dumps([secret, headers, body])
    assert run("node", script, given) == "payment.paid\n"
    assert run("node", script, json.dumps([secret, headers, body + " "])) == "true\n"


def test_it_repeats_a_call_with_the_same_key_and_body(typescript_client: Path) -> None:
    script = typescript_client / "dist" / "retry.mjs"
    script.write_text(RETRY)
    assert json.loads(run("node", script)) == ["pay_1", 1, 4]


def test_the_linters_find_nothing_in_the_description(typescript_client: Path) -> None:
    run("npm", "run", "--silent", "lint-description", folder=typescript_client)
