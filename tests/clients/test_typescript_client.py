"""The TypeScript client: generated, compiled strictly, and used to have an order paid."""

import asyncio
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from payment_engine.services.queue.signatures import signed_headers
from tests.clients.conftest import run
from tests.world import World

pytestmark = pytest.mark.timeout(300)
"""The first of them generates and compiles the client."""

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

ODD_ANSWERS = """
import { createPaymentEngine } from "./src/index.js";
const kind = { "Content-Type": "application/problem+json", "Retry-After": "0" };
const calls = [];
async function times(method, path, init, ...answers) {
  let count = 0;
  const fetch = async () => { count += 1; return (answers[count - 1] ?? answers.at(-1))(); };
  const engine = createPaymentEngine("http://localhost", "pk", { fetch });
  await engine[method](path, init).catch(() => undefined);
  calls.push(count);
}
const read = ["GET", "/v1/payments/{payment_id}", { params: { path: { payment_id: "pay_1" } } }];
const again = ["POST", "/v1/events/redeliver", { body: {} }];
const lost = () => { throw new TypeError("fetch failed"); };
const ok = () => Response.json({});
for (const text of ["null", "<html>", '["retryable"]', '"x"'])
  await times(...read, () => new Response(text, { status: 400, headers: kind }));
await times(...again, lost);
await times(...again, () => new Response("<html>", { status: 504, headers: kind }));
await times(...again, () => Response.json({ retryable: true }, { status: 503, headers: kind }), ok);
await times(...read, lost, () => new Response("", { status: 504, headers: kind }), ok);
const date = { "Retry-After": "Fri, 27 Nov 2026 00:00:00 GMT" };
await times(...read, () => new Response("", { status: 503, headers: date }), ok);
await times(...read, () => new Response("", { status: 429, headers: { "Retry-After": "11" } }));
console.log(JSON.stringify(calls));
"""
ABORTED = """
import { createPaymentEngine } from "./src/index.js";
const began = Date.now();
let count = 0;
const fetch = async () => {
  count += 1;
  return new Response("", { status: 503, headers: { "Retry-After": "9" } });
};
const engine = createPaymentEngine("http://localhost", "pk", { fetch });
const aborted = new AbortController();
setTimeout(() => aborted.abort(), 50);
const call = engine.GET("/v1/payments", { params: { query: {} }, signal: aborted.signal });
const name = await call.catch((error) => error.name);
console.log(JSON.stringify([name, count, Date.now() - began < 8000]));
"""
CONSUMER = """
import { createServer } from "node:http";
import { createPaymentEngine, verified } from "payment-engine-client";

const engine = createPaymentEngine("http://localhost", "pk");
const page = await engine.GET("/v1/events", { params: { query: { limit: 1 } } });
type State = "ready" | "delivered" | "dead" | "undeliverable" | undefined;
const state: State = page.data?.events[0]?.state;
// @ts-expect-error there is no such path
void engine.GET("/v1/nothing");
createServer((request) => verified("whsec_", request.headers, Buffer.from("")));
export const received = async (request: Request) =>
  verified("whsec_", request.headers, await request.text()).data.payment.status;
export { state };
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
    headers = signed_headers([secret], "msg_1", datetime.now(UTC), body.encode())
    script = typescript_client / "dist" / "verify.mjs"
    script.write_text(VERIFY)
    given = json.dumps([secret, headers, body])
    assert run("node", script, given) == "payment.paid\n"
    assert run("node", script, json.dumps([secret, headers, body + " "])) == "true\n"


def test_it_repeats_a_call_with_the_same_key_and_body(typescript_client: Path) -> None:
    script = typescript_client / "dist" / "retry.mjs"
    script.write_text(RETRY)
    assert json.loads(run("node", script)) == ["pay_1", 1, 4]


def node_answer(folder: Path, source: str) -> object:
    script = folder / "dist" / "script.mjs"
    script.write_text(source)
    return json.loads(run("node", script))


def test_it_repeats_only_what_may_be_repeated(typescript_client: Path) -> None:
    assert node_answer(typescript_client, ODD_ANSWERS) == [1, 1, 1, 1, 1, 1, 2, 3, 2, 1]


def test_it_ends_at_once_when_its_caller_gives_up(typescript_client: Path) -> None:
    assert node_answer(typescript_client, ABORTED) == ["AbortError", 1, True]


def test_what_is_published_has_its_types(typescript_client: Path, tmp_path: Path) -> None:
    """A program that has the package alone is checked against the description."""
    modules = tmp_path / "node_modules"
    package = modules / "payment-engine-client"
    shutil.copytree(typescript_client / "dist" / "src", package / "dist" / "src")
    shutil.copy(typescript_client / "package.json", package)
    for each in (typescript_client / "node_modules").resolve().iterdir():
        (modules / each.name).symlink_to(each)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "shop.ts").write_text(CONSUMER)
    options = "--noEmit --strict --module nodenext --target es2022 --types node shop.ts"
    run(modules / ".bin" / "tsc", *options.split(), folder=tmp_path)


def test_the_linters_find_nothing_in_the_description(typescript_client: Path) -> None:
    run("npm", "run", "--silent", "lint-description", folder=typescript_client)
