"""A merchant of the imitated Paytm: signs with Paytm's own library, and receives its webhooks."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import httpx
import paytmchecksum

from tests.mock.mock_server import soon

MID = "TESTMI00000000000001"
KEY = "pe-test-key-0016"
PAYTM = {"merchant_id": MID, "merchant_key": KEY}
CALLBACK = "https://shop.example/paytm/return"
THEIA = "/theia/api/v1"


def raw_body(text: str) -> str:
    """The exact text of an answer's body, which is its last member."""
    return text[text.index('"body":') + len('"body":') : -1]


def signed_by_paytm(text: str) -> bool:
    """Whether an answer or JSON webhook has a valid signature over the text of its body."""
    return verified(raw_body(text), json.loads(text)["head"].get("signature"))


def form_signed_by_paytm(fields: dict[str, str]) -> bool:
    """Whether upper-case fields have a valid checksum."""
    rest = dict(fields)
    return verified(rest, rest.pop("CHECKSUMHASH", None))


def verified(signed: Any, signature: str | None) -> bool:
    """Whether Paytm's own library accepts a signature; it raises for another key's."""
    try:
        return bool(signature and paytmchecksum.verifySignature(signed, KEY, signature))
    except ValueError:
        return False


@dataclass
class ReceivedWebhook:
    """A webhook as it was received."""

    headers: dict[str, str]
    text: str

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form post."""
        return dict(parse_qsl(self.text, strict_parsing=True))

    @property
    def body(self) -> Any:
        """The body of a JSON webhook."""
        return json.loads(self.text)["body"]


class WebhookReceiver:
    """Receives webhooks; answers with the statuses in ``answers`` first, then 200."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[ReceivedWebhook] = asyncio.Queue()
        self.answers: list[int] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")[1:-2]
                headers = {n.lower(): v for n, v in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.received.put_nowait(ReceivedWebhook(headers, body.decode()))
                status = self.answers.pop(0) if self.answers else 200
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def next(self) -> ReceivedWebhook:
        """The next webhook."""
        return await asyncio.wait_for(self.received.get(), 10)


class Merchant:
    """Calls the imitated Paytm, its customer's pages and the mock's controls."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.answer = httpx.Response(0)
        self.token = ""

    async def call(self, path: str, body: Any, head: Any, **query: str) -> Any:
        """Post head and body, and return the answer's body; ``self.answer`` is the whole answer."""
        text = json.dumps({"head": head, "body": body}, separators=(",", ":"))
        return await self.post(path, text, **query)

    async def post(self, path: str, text: str, **query: str) -> Any:
        self.answer = await self.client.post(
            f"/paytm{path}",
            params=query,
            content=text,
            headers={"Content-Type": "application/json"},
        )
        return self.answer.json()["body"]

    async def signed(self, path: str, body: Any, key: str = KEY, **query: str) -> Any:
        text = json.dumps(body)
        signature = paytmchecksum.generateSignature(text, key)
        return await self.post(
            path, f'{{"body": {text}, "head": {{"signature": "{signature}"}}}}', **query
        )

    async def initiate(self, order_id: str = "ORDER_0001", **changes: Any) -> Any:
        body = {
            "requestType": "Payment",
            "mid": MID,
            "websiteName": "WEBSTAGING",
            "orderId": order_id,
            "callbackUrl": CALLBACK,
            "txnAmount": {"value": "100.00", "currency": "INR"},
            "userInfo": {"custId": "CUST_001"},
        }
        path = f"{THEIA}/initiateTransaction"
        answer = await self.signed(path, body | changes, mid=MID, orderId=order_id)
        self.token = answer.get("txnToken", self.token)
        return answer

    async def update(self, **changes: Any) -> Any:
        body = json.dumps({"mid": MID, "orderId": "ORDER_0001", **changes})
        signature = paytmchecksum.generateSignature(body, KEY)
        head = json.dumps({"txnToken": self.token, "signature": signature})
        path = f"{THEIA}/updateTransactionDetail"
        return await self.post(
            path, f'{{"head":{head},"body":{body}}}', mid=MID, orderId="ORDER_0001"
        )

    async def with_token(self, path: str, body: Any, order_id: str = "ORDER_0001") -> Any:
        return await self.call(path, body, {"txnToken": self.token}, mid=MID, orderId=order_id)

    async def process(self, mode: str, order_id: str = "ORDER_0001", **more: str) -> Any:
        body = {"requestType": "NATIVE", "mid": MID, "orderId": order_id, "paymentMode": mode}
        return await self.with_token(f"{THEIA}/processTransaction", body | more, order_id)

    async def status(self, order_id: str = "ORDER_0001") -> Any:
        return await self.signed("/v3/order/status", {"mid": MID, "orderId": order_id})

    async def refund(self, txn_id: str, amount: str = "30.00", **changes: str) -> Any:
        body = {
            "mid": MID,
            "txnType": "REFUND",
            "orderId": "ORDER_0001",
            "txnId": txn_id,
            "refId": "REF_0001",
            "refundAmount": amount,
        }
        return await self.signed("/refund/apply", body | changes)

    async def refund_status(self, ref: str = "REF_0001") -> Any:
        body = {"mid": MID, "orderId": "ORDER_0001", "refId": ref}
        return await self.signed("/v2/refund/status", body)

    async def paid(self, mode: str = "UPI_INTENT", **more: str) -> str:
        """The txnId of an order that its customer has paid."""
        await self.initiate()
        await self.process(mode, **more)
        await self.control("/orders/ORDER_0001/approve", {})
        return str((await self.status())["txnId"])

    async def link_wallet(
        self, phone: str = "9999999999", otp: str = "888888", order_id: str = "ORDER_0001"
    ) -> Any:
        await self.with_token("/login/sendOtp", {"mobileNumber": phone}, order_id)
        return await self.with_token("/login/validateOtp", {"otp": otp}, order_id)

    async def ended(self) -> Any:
        """The payment, once it has ended."""
        open_statuses = ("PENDING", "NO_RECORD_FOUND")
        return await soon(self.status, lambda body: code(body)[0] not in open_statuses)

    async def refunded(self, ref: str = "REF_0001") -> Any:
        """The refund, once it is no longer pending."""
        return await soon(lambda: self.refund_status(ref), lambda body: code(body)[0] != "PENDING")

    async def control(self, path: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        answer = await self.client.request(method, f"/control{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def script(
        self, kind: str, match: Any = None, times: int | None = 1, **given: Any
    ) -> None:
        behaviour = {"kind": kind, **given}
        await self.control("/scripts", {"match": match, "times": times, "behaviour": behaviour})

    async def charged(self) -> int:
        """Paise that really left the customer."""
        return int((await self.control("/ledger"))["charged"])


def code(answer: Any) -> tuple[str, str]:
    """Status and code of an answer."""
    info = answer["resultInfo"]
    return info["resultStatus"], info["resultCode"]
