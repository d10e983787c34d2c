"""A shop's endpoint takes signed messages only, and records what arrives while it hangs."""

import asyncio
import base64
from datetime import UTC, datetime

import orjson
from aiohttp import ClientSession
from standardwebhooks import Webhook

from payment_engine.demo.ports import free_port
from tests.chaos.endpoints import Endpoints, served
from tests.chaos.journal import Journal

SECRET = f"whsec_{base64.b64encode(b's' * 32).decode()}"
MESSAGE = {
    "type": "payment.paid",
    "sequence": 1,
    "data": {"payment": {"id": "pay_1", "amount_captured": 500}},
}


async def sent(http: ClientSession, url: str, secret: str = SECRET) -> int:
    """The status that the shop answers a message with."""
    body, at = orjson.dumps(MESSAGE).decode(), datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body),
    }
    async with http.post(f"{url}/shop-1", data=body, headers=headers) as answer:
        return answer.status


async def test_a_signed_message_is_taken_and_another_one_is_not() -> None:
    endpoints = Endpoints(journal := Journal())
    endpoints.secrets["shop-1"] = SECRET
    other = f"whsec_{base64.b64encode(b'o' * 32).decode()}"
    async with served(endpoints, free_port()) as url, ClientSession() as http:
        assert await sent(http, url, other) == 401
        assert journal.deliveries == []
        assert await sent(http, url) == 204
    [delivery] = journal.deliveries
    assert (delivery.message_id, delivery.payment_id, delivery.taken) == ("msg_1", "pay_1", True)
    assert journal.documents == {"pay_1": 500}


async def test_a_message_to_a_shop_that_hangs_has_arrived_and_is_not_taken() -> None:
    endpoints = Endpoints(journal := Journal())
    endpoints.secrets["shop-1"] = SECRET
    endpoints.hanging.add("shop-1")
    async with served(endpoints, free_port()) as url, ClientSession() as http:
        sending = asyncio.create_task(sent(http, url))
        async with asyncio.timeout(10):
            while not journal.deliveries:
                await asyncio.sleep(0.01)
        endpoints.hanging.clear()
        assert await sending == 503
    assert [each.taken for each in journal.deliveries] == [False]
