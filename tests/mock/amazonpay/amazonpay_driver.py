"""Calls the imitated Amazon Pay as a seller's server and a customer's browser, and listens."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import httpx

from payment_engine.mock.amazonpay.config import AmazonPayConfig
from payment_engine.mock.amazonpay.signing import Message
from payment_engine.mock.config import MockConfig

HOST = "amazonpay-sandbox.amazon.in"
SELLER = "MEXAMPLESELLER"
SECRET = "exampleSecretKey/for+tests"
BACK = "https://pay.example/back"
ACCOUNT = {
    "merchant_id": SELLER,
    "access_key": "AKS2SEXAMPLE",
    "secret_key": SECRET,
    "return_access_key": "AKRETURN",
    "return_secret_key": "return-secret",
    "callback_urls": (BACK,),
    "redirect_urls": ("https://shop.example/linked",),
}
WORLD = {
    "refund_after": 0.02,
    "webhook_retries": (0.01, 0.01, 0.01, 0.01),
    "seed": 1,
}


def amazonpay_config(account: dict[str, Any], **world: Any) -> MockConfig:
    amazonpay = AmazonPayConfig(**{**ACCOUNT, **account})
    return MockConfig(gateways={"amazonpay": amazonpay}, **{**WORLD, **world})


class Seller:
    """A seller's server, whose calls are signed."""

    def __init__(self, client: httpx.AsyncClient, listener: "Listener") -> None:
        self.client = client
        self.listener = listener
        self.token = ""

    async def call(self, method: str, path: str, fields: dict[str, str], **changed: Any) -> Any:
        """Send ``fields`` signed. ``changed`` has headers by their name without ``x-amz-``, and
        ``secret``, ``separator``, ``access_key`` or ``sent``: the fields that are sent instead.
        """
        names = ("secret", "separator", "access_key", "sent")
        other = {name: changed.pop(name) for name in names if name in changed}
        headers = signed_headers(method, path, fields, changed, other)
        sent = other.get("sent", fields)
        url = f"/amazonpay{path}"
        if method == "GET":
            return await self.client.get(f"{url}?{query(sent)}", headers=headers)
        return await self.client.post(url, content=json.dumps(sent), headers=headers)

    async def charge(self, charge_id: str = "PE-1", amount: str = "499.00", **fields: Any) -> Any:
        options = {k: fields.pop(k) for k in ("secret", "sent") if k in fields}
        return await self.call(
            "POST",
            "/v1/payments/charge",
            self.charge_fields(charge_id, amount, **fields),
            **options,
        )

    def charge_fields(self, charge_id: str = "PE-1", amount: str = "499.00", **fields: str) -> Any:
        """The fields of a charge."""
        defaults = {
            "merchantId": SELLER,
            "chargeId": charge_id,
            "referenceId": charge_id,
            "accessToken": self.token,
            "amount": amount,
            "currencyCode": "INR",
            "intent": "Capture",
            "attributableProgram": "S2SPay",
            "callbackUrl": BACK,
            "noteToCustomer": "Order #1 – ₹499 (दवा)",
            "timeoutInSecs": "900",
            "paymentMetaData": "",
            "selectedPaymentInstrumentType": "AmazonPayBalance",
        }
        return defaults | fields

    async def status(
        self, txn_id: str = "PE-1", kind: str = "MerchantTxnId", path: str = "charge"
    ) -> Any:
        fields = {"merchantId": SELLER, "txnIdType": kind, "txnId": txn_id}
        return await self.call("GET", f"/v1/payments/{path}", fields)

    async def refund(self, refund_id: str = "RF-1", amount: str = "100.00", **fields: str) -> Any:
        defaults = {
            "merchantId": SELLER,
            "refundId": refund_id,
            "chargeIdType": "MerchantTxnId",
            "chargeId": "PE-1",
            "amount": amount,
            "currencyCode": "INR",
            "noteToCustomer": "refund",
            "softDescriptor": "refund",
        }
        return await self.call("POST", "/v1/payments/refund", defaults | fields)

    async def balance(self) -> Any:
        fields = {
            "merchantId": SELLER,
            "accessToken": self.token,
            "instrumentTypes": "AmazonPayBalance",
        }
        return await self.call("GET", "/v1/payments/instruments", fields)

    async def payment_page(self, **fields: str) -> str:
        """The path of the customer's page of a new charge that exceeds the balance."""
        url = (await self.charge(**{"amount": "1500.00", **fields})).json()["amazonPayUrl"]
        parts = urlsplit(url)
        answer = await self.client.get(f"{parts.path}?{parts.query}")
        return str(answer.headers["location"])

    async def choose(self, page: str, action: str) -> str:
        """Where the browser is redirected after a button of a page."""
        answer = await self.client.post(page, data={"action": action})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def control(self, path: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        answer = await self.client.request(method, f"/control{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def script(self, kind: str, match: Any = None, **options: Any) -> None:
        behaviour = {"kind": kind, **options}
        await self.control("/scripts", {"match": match, "behaviour": behaviour})

    async def link(self, customer: str = "asha") -> None:
        """Tokens for a customer's wallet."""
        answer = await self.control(f"/amazonpay/wallets/{customer}/link", {})
        self.token = answer["access_token"]


def signed_headers(
    method: str, path: str, fields: Any, changed: dict[str, str], other: dict[str, Any]
) -> dict[str, str]:
    headers = {
        "x-amz-client-id": SELLER,
        "x-amz-source": "Server",
        "x-amz-user-ip": "203.0.113.7",
        "x-amz-user-agent": "Tests/1.0 (a b)",
        "x-amz-algorithm": "AWS4-HMAC-SHA384",
        "x-amz-date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        "x-amz-expires": "900",
        **{f"x-amz-{name.replace('_', '-')}": value for name, value in changed.items()},
    }
    signed = {"query": fields} if method == "GET" else {"body": fields}
    message = Message(method=method, host=HOST, path=path, headers=headers, **signed)
    signature = message.sign(other.get("secret", SECRET))
    key = other.get("access_key", "AKS2SEXAMPLE")
    headers["authorization"] = f"AMZ{other.get('separator', ' ')}{key}:{signature}"
    return headers | {"content-type": "application/json"}


def query(fields: dict[str, str]) -> str:
    return urlencode(fields, quote_via=quote, safe="")


def query_fields(url: str) -> dict[str, str]:
    """The query parameters of ``url``."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def is_signed(
    answer: httpx.Response, method: str = "POST", query: Any = None, **signed: str
) -> bool:
    """Whether an answer has a valid signature over exactly what was sent."""
    headers = {
        "x-amz-algorithm": "AWS4-HMAC-SHA384",
        "x-amz-date": answer.headers["x-amz-date"],
        "x-amz-request-id": answer.headers["x-amz-request-id"],
    }
    body = json.loads(answer.content, parse_float=str, parse_int=str)
    path = answer.request.url.path.removeprefix("/amazonpay")
    message = Message(
        method=method,
        host=signed.get("host", HOST),
        path=path,
        query=query or {},
        headers=headers,
        body=body,
    )
    return message.sign(signed.get("secret", SECRET)) == answer.headers.get("x-amz-signature")


class Listener:
    """Receives notifications; answers with the statuses in ``answers`` first, then 200."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[Any] = asyncio.Queue()
        self.answers: list[int] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
                headers = {name.lower(): value for name, value in lines}
                body = await reader.readexactly(int(headers["content-length"]))
                status = self.answers.pop(0) if self.answers else 200
                self.received.put_nowait((headers, json.loads(body)))
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def next(self) -> tuple[dict[str, str], Any]:
        """Headers and envelope of the next notification, whatever the answer to it was."""
        return await asyncio.wait_for(self.received.get(), 10)
