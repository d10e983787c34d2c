"""Webhooks in any words, signed as the gateway signs them."""

import asyncio
import json
from itertools import count
from typing import Any

import httpx

from tests.world import JUSPAY, World

_NUMBERS = count(1)
SIGNED = (JUSPAY["webhook_username"], JUSPAY["webhook_password"])


async def say(
    world: World, attempt: dict[str, Any], event_id: str | None = None, **order: Any
) -> httpx.Response:
    """One webhook about an attempt's order: paid in full unless ``order`` says otherwise."""
    content = {
        "order_id": attempt["id"].removeprefix("att_"),
        "merchant_id": JUSPAY["merchant_id"],
        "status": "CHARGED",
        "amount": 1164,
        "currency": "INR",
        **order,
    }
    notice = {
        "id": event_id or f"evt_said_{next(_NUMBERS)}",
        "event_name": "ORDER_SUCCEEDED",
        "content": {"order": content},
    }
    body = json.dumps(notice).encode()
    return await world.api.post("/v1/juspay/webhook", content=body, auth=SIGNED)


async def heeded(world: World) -> None:
    """Until every stored notice was handled."""
    async with asyncio.timeout(10):
        while await world.sql("SELECT id FROM job WHERE kind = 'handle_notice'"):
            await world.work(rounds=1)
            await asyncio.sleep(0.02)


async def said(world: World, attempt: dict[str, Any], **order: Any) -> None:
    """A webhook taken and handled."""
    answer = await say(world, attempt, **order)
    assert answer.status_code == 200, answer.text
    await heeded(world)
