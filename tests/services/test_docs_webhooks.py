"""docs/webhooks.md: what it shows is what an order service is sent, and its code verifies that."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from payment_engine.domain.events import MessageType
from payment_engine.services.queue.signatures import signed_headers
from tests.api.oncall_actions import refund_that_waits
from tests.authorized import authorized_payment
from tests.examples import differences
from tests.mock.published import NODE_CLIENTS, node
from tests.webhooks import deliver_webhook
from tests.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
LISTED = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", PAGE, re.MULTILINE)
SECRET = "whsec_bJ2b5kUtDYRwiXOx4J6pH3KipknVBqh+j18XarcsCOM="
BODY = (
    b'{"type":"payment.paid","sequence":1,"data":{"payment":{"metadata":{"note":"caf\xc3\xa9"}}}}'
)


async def pay(world: World) -> str:
    return str((await world.paid_payment())["id"])


async def authorize(world: World) -> str:
    return str((await authorized_payment(world))["id"])


async def fail(world: World) -> str:
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]), "decline")
    await world.wait_for_status(payment["id"], "open")
    return str(payment["id"])


async def void(world: World) -> str:
    payment_id = await authorize(world)
    await world.post(f"/v1/payments/{payment_id}/void")
    await world.wait_for_status(payment_id, "voided")
    return payment_id


async def cancel(world: World) -> str:
    payment_id = str((await world.open_payment())["id"])
    await world.post(f"/v1/payments/{payment_id}/cancel")
    return payment_id


async def expire(world: World) -> str:
    payment_id = str((await world.open_payment(expires_in=60))["id"])
    await world.run_worker(seconds=61)
    return payment_id


async def pay_after_cancelling(world: World) -> str:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.customer_decides(attempt)
    return str(payment["id"])


async def contradict(world: World) -> str:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, amount=1165)
    return str(payment["id"])


async def explain(world: World) -> str:
    payment_id = await contradict(world)
    [attempt] = (await world.read_payment(payment_id))["attempts"]
    await deliver_webhook(world, attempt)
    return payment_id


def refund(fault: str | None = None) -> Callable[[World], Awaitable[str]]:
    async def work(world: World) -> str:
        payment_id = await pay(world)
        if fault:
            await world.script_mock(fault)
        body = {"amount": 50000, "reason": "item_out_of_stock"}
        answer = await world.post(f"/v1/payments/{payment_id}/refunds", body)
        assert answer.status_code == 201, answer.text
        return payment_id

    return work


async def reject(world: World) -> str:
    payment_id = await pay(world)
    waiting = await refund_that_waits(world, payment_id, 50000)
    path = f"/v1/admin/refunds/{waiting['id']}/reject"
    answer = await world.post(path, {"reason": "not returned"}, world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return payment_id


HAPPENS: dict[str, Callable[[World], Awaitable[str]]] = {
    "payment.pending": pay,
    "payment.authorized": authorize,
    "payment.paid": pay,
    "payment.failed_attempt": fail,
    "payment.voided": void,
    "payment.cancelled": cancel,
    "payment.expired": expire,
    "payment.conflict": pay_after_cancelling,
    "payment.review": contradict,
    "payment.review_over": explain,
    "refund.pending": refund(),
    "refund.succeeded": refund(),
    "refund.failed": refund("refund_failure"),
    "refund.manual_review": refund("refund_manual_review"),
    "refund.rejected": reject,
}


def test_every_message_is_listed_once_with_an_example() -> None:
    every = sorted(MessageType)
    assert sorted(LISTED) == every
    assert sorted(example["type"] for example in EXAMPLES) == every


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
async def test_a_message_is_as_in_the_docs(world: World, example: dict[str, Any]) -> None:
    payment_id = await HAPPENS[example["type"]](world)
    order_id = (await world.read_payment(payment_id))["order_id"]
    async with asyncio.timeout(20):
        while not (sent := await of_type(world, order_id, example["type"])):
            await world.run_worker(seconds=30)
    assert differences(example, sent[0]) == []
    assert sent[0].keys() == {"type", "timestamp", "sequence", "data"}


async def of_type(world: World, order_id: str, name: str) -> list[dict[str, Any]]:
    return [one for one in await world.notifications(order_id) if one["type"] == name]


def block(language: str) -> str:
    """How a language verifies a message: the first block of it."""
    return str(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0])


def needed(program: str, package: str) -> str:
    found = shutil.which(program)
    if not found:
        pytest.skip(f"apt-get install {package}")
    return found


PYTHON = """
import json, sys
{code}
given = json.load(sys.stdin)
try:
    verified(given["secret"], given["headers"], given["body"].encode())
except Exception as error:
    assert type(error).__name__ == "WebhookVerificationError", error
    sys.exit(3)
"""
NODE = """
{code}
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
try {{
  verified(given.secret, given.headers, given.body);
}} catch (error) {{
  if (error.constructor.name !== "WebhookVerificationError") throw error;
  process.exit(3);
}}
"""
PHP = """<?php
{code}
$given = json_decode(stream_get_contents(STDIN), true);
exit(verified($given['secret'], $given['headers'], $given['body']) ? 0 : 3);
"""
JAVA = """
import java.nio.charset.StandardCharsets;
import java.security.*;
import java.time.Instant;
import java.util.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Verify {{
    {code}
    public static void main(String[] given) throws Exception {{
        Map<String, String> headers = Map.of(
            "webhook-id", given[1], "webhook-timestamp", given[2], "webhook-signature", given[3]);
        System.exit(verified(given[0], headers, System.in.readAllBytes()) ? 0 : 3);
    }}
}}
"""


def prepared(language: str, folder: Path) -> list[str]:
    """The command that runs a language's code, which is written to the folder."""
    form, name = {
        "python": (PYTHON, "verify.py"),
        "js": (NODE, "verify.js"),
        "php": (PHP, "verify.php"),
        "java": (JAVA, "Verify.java"),
    }[language]
    source = folder / name
    source.write_text(form.format(code=block(language)))
    if language == "python":
        return [sys.executable, str(source)]
    if language == "js":
        return [node(), str(source)]
    if language == "php":
        return [needed("php", "php-cli"), str(source)]
    subprocess.run([needed("javac", "default-jdk-headless"), str(source)], check=True)  # noqa: S603
    return [needed("java", "default-jdk-headless"), "-cp", str(folder), "Verify"]


def accepts(command: list[str], headers: dict[str, str], body: bytes) -> bool:
    given = json.dumps({"secret": SECRET, "headers": headers, "body": body.decode()}).encode()
    if command[-1] == "Verify":
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        command, given = [*command, SECRET, *(headers[name] for name in names)], body
    modules = {"NODE_PATH": str(NODE_CLIENTS / "node_modules")}
    done = subprocess.run(  # noqa: S603
        command, input=given, capture_output=True, env={**os.environ, **modules}, check=False
    )
    assert done.returncode in (0, 3), done.stderr.decode()
    return done.returncode == 0


@pytest.mark.parametrize("language", ["python", "js", "java", "php"])
def test_the_code_in_the_docs_accepts_our_signature_and_no_other(
    language: str, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    signed = signed_headers([SECRET], "msg_1", now, BODY)
    of_two = {**signed, "webhook-signature": f"v1,AAAA {signed['webhook-signature']}"}
    old = signed_headers([SECRET], "msg_1", datetime.fromtimestamp(time.time() - 400, UTC), BODY)
    cases = [
        (signed, BODY, True),
        (of_two, BODY, True),
        (signed, BODY + b" ", False),
        ({**signed, "webhook-id": "msg_2"}, BODY, False),
        ({**signed, "webhook-signature": "v1,AAAA"}, BODY, False),
        (old, BODY, False),
    ]
    command = prepared(language, tmp_path)
    for headers, body, expected in cases:
        assert accepts(command, headers, body) is expected, headers
