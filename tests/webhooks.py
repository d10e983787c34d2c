"""Juspay webhooks with any content, signed as the gateway signs them."""

import asyncio
import json
from itertools import count
from typing import Any

import httpx

from tests.world import JUSPAY, World

_NUMBERS = count(1)
_METHOD_TYPES = {"card": "CARD", "netbanking": "NB", "wallet": "WALLET"}
WEBHOOK_AUTH = (JUSPAY["webhook_username"], JUSPAY["webhook_password"])


async def send_webhook(
    world: World, attempt: dict[str, Any], event_id: str | None = None, **order: Any
) -> httpx.Response:
    """Send a webhook about an attempt's order: paid in full unless ``order`` changes it.

    From now on the service believes webhooks: the mock knows nothing of what this one reports.
    """
    believe_webhooks(world)
    return await send_unproven_webhook(world, attempt, event_id, **order)


def believe_webhooks(world: World) -> None:
    """Let what a webhook reports count without a look."""
    juspay = world.engine.gateways["juspay"]
    juspay.config = juspay.config.model_copy(update={"confirm_webhooks": False})


async def send_unproven_webhook(
    world: World, attempt: dict[str, Any], event_id: str | None = None, **order: Any
) -> httpx.Response:
    """The same, as somebody may send it who has the password of webhooks."""
    body = webhook_body(attempt, event_id, **order)
    return await world.api.post("/v1/juspay/webhook", content=body, auth=WEBHOOK_AUTH)


def webhook_body(attempt: dict[str, Any], event_id: str | None = None, **order: Any) -> bytes:
    """The body of a webhook about an attempt's order, paid in full unless ``order`` changes it."""
    content = {
        "order_id": attempt["id"].removeprefix("att_"),
        "merchant_id": JUSPAY["merchant_id"],
        "status": "CHARGED",
        "amount": 1164,
        "currency": "INR",
        "payment_method_type": _METHOD_TYPES.get(attempt.get("method", ""), "UPI"),
        **order,
    }
    webhook = {
        "id": event_id or f"evt_test_{next(_NUMBERS)}",
        "event_name": "ORDER_SUCCEEDED",
        "content": {"order": content},
    }
    return json.dumps(webhook).encode()


async def handle_stored_webhooks(world: World) -> None:
    """Run the worker until every stored webhook has been handled."""
    async with asyncio.timeout(10):
        while await world.sql("SELECT id FROM job WHERE kind = 'handle_notice'"):
            await world.run_worker(rounds=1)
            await asyncio.sleep(0.02)


async def deliver_webhook(world: World, attempt: dict[str, Any], **order: Any) -> None:
    """Send a webhook and have it handled."""
    response = await send_webhook(world, attempt, **order)
    assert response.status_code == 200, response.text
    await handle_stored_webhooks(world)


async def charges_looked_up(world: World) -> None:
    """Wait until each charge that a webhook reported has been looked up once."""
    async with asyncio.timeout(10):
        while world.engine.critical.tasks:
            await world.engine.critical.drain(10)


def basic(user: str, password: str) -> str:
    return str(httpx.BasicAuth(user, password)._auth_header)
