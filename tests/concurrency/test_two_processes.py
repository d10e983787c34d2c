"""Fifty different changes of one payment at once, sent to two processes."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.services.instruments.limits import set_limits
from payment_engine.services.job_handlers import handle_check_charge
from tests.authorized import authorized_payment
from tests.concurrency.test_storm import settle_down
from tests.processes import api_process
from tests.serving import http_client
from tests.webhooks import WEBHOOK_AUTH, webhook_body
from tests.world import ORDER, World

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
            *(
                send.webhook(each, event_id=f"{each['id']}-{number % 3}")
                for each in (first, second)
                for number in range(5)
            ),
            *(send.poll(each) for each in (first, second) for _ in range(3)),
        ]
        assert len(calls) == 50
        chance.shuffle(calls)
        await all_at_once(world, calls)
    webhooks = await world.sql("SELECT handled_at IS NULL AS open FROM inbox_notice")
    assert webhooks == [{"open": False}] * 6
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
    assert current["status"] in ("paid", "open", "failed", "cancelled", "expired")
    assert current["attempts"][0]["review"] is None


async def test_one_order_opened_by_two_processes_is_one_payment(world: World) -> None:
    async with api_process(world) as (_, url), http_client(url) as other:
        answers = await asyncio.gather(
            *(
                client.post("/v1/payments", json=ORDER, headers=world.headers(key=f"k{number}"))
                for number in range(10)
                for client in (world.api, other)
            )
        )
    assert {answer.status_code for answer in answers} == {200, 201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert all(one.content == two.content for one, two in pairs(answers))
    assert len(await world.sql("SELECT id FROM payment")) == 1
    assert len(await world.sql("SELECT key FROM idempotency_key")) == 10


def pairs(answers: list[httpx.Response]) -> list[tuple[httpx.Response, httpx.Response]]:
    """The answers to the same key, of both processes."""
    return list(zip(answers[::2], answers[1::2], strict=True))


async def test_two_processes_together_pass_no_limit_of_a_customer(world: World) -> None:
    customer = CustomerKey(world.keys.merchant_id, "cust-8812")
    await set_limits(world.engine, customer, LimitsIn(per_day=2 * 116400))
    opened = [await world.open_payment() for _ in range(8)]
    async with api_process(world) as (_, url), http_client(url) as other:
        answers = await asyncio.gather(
            *(
                client.post(
                    f"/v1/payments/{payment['id']}/attempts", json=UPI, headers=world.headers()
                )
                for payment, client in zip(opened, (world.api, other) * 4, strict=True)
            )
        )
    assert Counter(answer.status_code for answer in answers) == {201: 2, 422: 6}
    assert len(await world.sql("SELECT id FROM attempt")) == 2


async def test_one_key_for_ten_attempts_at_two_processes_charges_once(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    async with api_process(world) as (_, url), http_client(url) as other:
        answers = await asyncio.gather(
            *(
                client.post(path, json=UPI, headers=world.headers(key="same"))
                for client in (world.api, other) * 5
            )
        )
        again = await other.post(path, json=UPI, headers=world.headers(key="same"))
    refused = [answer.json()["code"] for answer in answers if answer.status_code != 201]
    assert set(refused) <= {"idempotency_in_progress"}
    assert {answer.content for answer in answers if answer.status_code == 201} == {again.content}
    assert len((await world.mock.get("/control/orders")).json()["orders"]) == 1
