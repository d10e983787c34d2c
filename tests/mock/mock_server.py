"""A mock on a loopback port, and a receiver of webhooks that fails on request."""

import asyncio
import json
from base64 import b64decode
from typing import Any

import httpx

from payment_engine.mock.config import MockConfig
from payment_engine.mock.juspay.config import JuspayConfig

AUTH = ("key-of-the-api", "")
JUSPAY = {
    "merchant_id": "acme",
    "api_key": AUTH[0],
    "webhook_username": "hook",
    "webhook_password": "hook-password",
    "response_key": "unit-test-response-key",
}
CONFIG = {
    "refund_after": 0.02,
    "same_refund_window": 0.0,
    "webhook_retries": (0.01, 0.01, 0.01, 0.01),
    "seed": 1,
}


async def soon(read: Any, fits: Any) -> Any:
    """What ``read`` returns, once ``fits`` accepts it."""
    for _ in range(500):
        if fits(value := await read()):
            return value
        await asyncio.sleep(0.01)
    raise AssertionError(f"still {value}")


class Driver:
    """Calls the mock as the service, as a browser and as a test."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def juspay(self, method: str, path: str, form: Any = None, **given: Any) -> Any:
        return await self.client.request(
            method, f"/juspay{path}", **{"data": form, "auth": AUTH, **given}
        )

    async def new_order(self, order_id: str = "pe0001a", **fields: str) -> Any:
        form = {"order_id": order_id, "amount": "499.50", "return_url": "https://shop.example/ret"}
        return await self.juspay("POST", "/orders", form | fields)

    async def txn(self, order_id: str = "pe0001a", **fields: str) -> Any:
        usual = {"order_id": order_id, "merchant_id": "acme", "format": "json"}
        upi = {"payment_method_type": "UPI", "payment_method": "UPI_PAY", "sdk_params": "true"}
        return await self.juspay("POST", "/txns", usual | (fields or upi))

    async def status(self, order_id: str = "pe0001a") -> Any:
        return (await self.juspay("GET", f"/orders/{order_id}")).json()

    async def refund(self, ref: str = "rf1", order_id: str = "pe0001a", **fields: str) -> Any:
        form = {"unique_request_id": ref} | fields
        return await self.juspay("POST", f"/orders/{order_id}/refunds", form)

    async def control(self, path: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        answer = await self.client.request(method, f"/control{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def script(self, kind: str, match: Any = None, times: int = 1, **given: Any) -> None:
        behaviour = {"kind": kind, **given}
        await self.control("/scripts", {"match": match, "times": times, "behaviour": behaviour})

    async def token(self, number: str = "4242424242424242") -> str:
        form = {
            "card_number": number,
            "card_exp_month": "12",
            "card_exp_year": "2035",
            "card_security_code": "123",
        }
        return (await self.client.post("/juspay/card/tokenize", data=form)).json()["token"]

    async def charged(self, **fields: str) -> None:
        """An order that its customer has paid."""
        await self.new_order(**fields)
        await self.txn()
        await self.control("/orders/pe0001a/approve", {})

    async def card_txn(self, number: str = "4242424242424242") -> Any:
        await self.new_order()
        token = await self.token(number)
        return (await self.txn(payment_method_type="CARD", card_token=token)).json()

    async def until_refund(self, status: str) -> Any:
        """The order, once its first refund has this status."""
        return await soon(self.status, lambda order: order["refunds"][0]["status"] == status)

    async def until_status(self, status: str) -> Any:
        """The order, once it has this status."""
        return await soon(self.status, lambda order: order["status"] == status)


class Hook:
    """Receives webhooks; answers with the statuses it was given, then with 200."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[Any] = asyncio.Queue()
        self.auth = ""
        self.answers: list[int] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, reader: Any, writer: Any) -> None:
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
        headers = {name.lower(): value for name, value in headers.items()}
        body = await reader.readexactly(int(headers["content-length"]))
        self.auth = b64decode(headers["authorization"].split()[1]).decode()
        status = self.answers.pop(0) if self.answers else 200
        self.received.put_nowait({"status": status, **json.loads(body)})
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())

    async def next(self) -> Any:
        """The next webhook, whatever the answer to it was."""
        return await asyncio.wait_for(self.received.get(), 10)

    async def event(self, name: str) -> Any:
        """The next webhook of that name."""
        while (webhook := await self.next())["event_name"] != name:
            pass
        return webhook


def mock_config(**given: Any) -> MockConfig:
    juspay = JuspayConfig(**{**JUSPAY, **given.pop("juspay", {})})
    return MockConfig(gateways={"juspay": juspay}, **{**CONFIG, **given})
