"""Fifty different changes of one payment at once, sent to two processes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from payment_engine.services.job_handlers import handle_check_charge
from tests.authorized import authorized_payment
from tests.concurrency.test_storm import settle_down
from tests.processes import api_process
from tests.serving import http_client
from tests.webhooks import WEBHOOK_AUTH, webhook_body
from tests.world import World

UPI = {"method": "upi_intent", "client": {"platform": "android"}}
Call = Callable[[], Awaitable[tuple[str, httpx.Response] | None]]
"""Sends a change; its path as in the OpenAPI document, and the answer."""


class Senders:
    """Sends changes of one payment to either process, as chance has it."""

    def __init__(
        self, world: World, other: httpx.AsyncClient, payment: dict[str, Any], chance: random.Random
    ) -> None:
        self._world, self._clients, self._chance = world, (world.api, other), chance
        self._payment = payment

    def post(self, action: str, body: Any = None) -> Call:
        """One of the merchant's calls."""
        client, path = self._chance.choice(self._clients), "/v1/payments/{payment_id}/" + action

        async def send() -> tuple[str, httpx.Response]:
            real = path.format(payment_id=self._payment["id"])
            return path, await client.post(real, json=body, headers=self._world.headers())

        return send

    def webhook(self, attempt: dict[str, Any], **order: Any) -> Call:
        """One webhook."""
        client, body = self._chance.choice(self._clients), webhook_body(attempt, **order)

        async def send() -> tuple[str, httpx.Response]:
            path = "/v1/juspay/webhook"
            return path, await client.post(path, content=body, auth=WEBHOOK_AUTH)

        return send

    def poll(self, attempt: dict[str, Any]) -> Call:
        """One status check by a worker."""

        async def check() -> None:
            await handle_check_charge(self._world.engine, attempt["id"])

        return check


async def all_at_once(world: World, calls: list[Call]) -> list[httpx.Response]:
    """Send everything; each answer has a documented status, and no report is refused."""
    documented = (await world.api.get("/v1/openapi.json")).json()["paths"]
    answers = [each for each in await asyncio.gather(*(call() for call in calls)) if each]
    for path, answer in answers:
        statuses = {"200"} if "webhook" in path else documented[path]["post"]["responses"]
        assert str(answer.status_code) in statuses, (path, answer.text)
        assert answer.status_code < 500, (path, answer.text)
    return [answer for _, answer in answers]


async def check_money(world: World, payment_id: str) -> dict[str, Any]:
    """What the payment has is what the gateway has, once everything is settled."""
    await settle_down(world)
    current = await world.read_payment(payment_id)
    ledger = (await world.ledger()).values()
    assert current["amount_captured"] == sum(row["charged"] for row in ledger)
    assert current["amount_refunded"] == sum(row["refunded"] for row in ledger)
    return current


@pytest.fixture
async def quiet_world(world: World) -> World:
    """Without webhooks but those that a test sends itself."""
    await world.script_mock("drop_webhook", times=1000)
    return world


async def test_two_processes_change_an_open_payment_fifty_times_at_once(
    quiet_world: World,
) -> None:
    world, chance = quiet_world, random.Random(1)
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    second = await world.start_attempt(payment["id"], method="upi_qr", replaces=first["id"])
    await world.customer_decides(first)
    await world.customer_decides(second)
    async with api_process(world) as (_, url), http_client(url) as other:
        send = Senders(world, other, payment, chance)
        refund = {"amount": 100, "reason": "test"}
        calls = [
            *(send.post("attempts", UPI) for _ in range(8)),
            *(send.post("attempts", {**UPI, "replaces": second["id"]}) for _ in range(4)),
            *(send.post("cancel") for _ in range(6)),
            *(send.post("refunds", refund) for _ in range(12)),
            *(send.post("capture", {"amount": 116400}) for _ in range(4)),
            *(send.webhook(each) for each in (first, second) for _ in range(5)),
            *(send.poll(each) for each in (first, second) for _ in range(3)),
        ]
        assert len(calls) == 50
        chance.shuffle(calls)
        await all_at_once(world, calls)
    webhooks = await world.sql("SELECT handled_at IS NULL AS open FROM inbox_notice")
    assert webhooks == [{"open": False}] * 10
    reported = await world.sql(
        "SELECT attempt_id FROM payment_event WHERE type = 'attempt.captured'"
    )
    assert {row["attempt_id"] for row in reported} == {first["id"], second["id"]}
    await check_money(world, payment["id"])


async def test_two_processes_change_an_authorized_payment_fifty_times_at_once(
    world: World,
) -> None:
    chance = random.Random(2)
    payment = await authorized_payment(world)
    (attempt,) = payment["attempts"]
    async with api_process(world) as (_, url), http_client(url) as other:
        send = Senders(world, other, payment, chance)
        refund = {"amount": 100, "reason": "test"}
        calls = [
            *(send.post("attempts", UPI) for _ in range(5)),
            *(send.post("capture", {"amount": amount}) for amount in (116400, 50000, 70000) * 4),
            *(send.post("void") for _ in range(5)),
            *(send.post("cancel") for _ in range(5)),
            *(send.post("refunds", refund) for _ in range(12)),
            *(send.webhook(attempt, status="AUTHORIZED") for _ in range(6)),
            *(send.poll(attempt) for _ in range(5)),
        ]
        assert len(calls) == 50
        chance.shuffle(calls)
        await all_at_once(world, calls)
    current = await check_money(world, payment["id"])
    assert current["status"] in ("paid", "open", "failed", "cancelled")
    assert current["attempts"][0]["review"] is None
