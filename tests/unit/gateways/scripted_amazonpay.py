"""A scripted Amazon Pay: its answers are signed as Amazon's documents say."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx

from payment_engine.gateways.amazonpay.signature import canonical, sign
from payment_engine.gateways.amazonpay.wallets import WalletTokens
from tests.unit.gateways.amazonpay_vectors import ANSWER_HEADERS, HOST, SECRET

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REF = "01k0m9v7c2q4w8z6x3y5"
TOPIC = "arn:aws:sns:eu-west-1:000000000000:EXAMPLETOPIC"
CONFIG = {
    "base_url": f"https://{HOST}",
    "merchant_id": "MEXAMPLESELLER",
    "access_key": "AKS2SEXAMPLE",
    "secret_key": SECRET,
    "return_access_key": "AKEXAMPLEACCESSKEY00",
    "return_secret_key": SECRET,
    "client_id": "amzn1.example",
    "topic_arn": TOPIC,
}
TOKEN = WalletTokens(access="Atza|exampleAccessToken", refresh="Atzr|example").serialized()
APPROVED = {
    "merchantId": "MEXAMPLESELLER",
    "chargeId": REF,
    "amazonChargeId": "S04-0000001-0000001",
    "requestedAmount": "1164.00",
    "approvedAmount": "1164.00",
    "currencyCode": "INR",
    "status": "CaptureApproved",
}
REFUNDED = {
    "refundId": "rf0001",
    "amazonRefundId": "S04-0000001-0000001-R000001",
    "amount": "100.00",
    "refundedFee": "0.00",
    "currencyCode": "INR",
    "status": "Pending",
}
CHARGE, STATUS = "POST /v1/payments/charge", "GET /v1/payments/charge"
REFUND, REFUND_STATUS = "POST /v1/payments/refund", "GET /v1/payments/refund"
BALANCE, TOKENS = "GET /v1/payments/instruments", "POST /auth/o2/token"


class ScriptedAmazonPay:
    """Gives the answers of a method and path in turn, and remembers the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Any]] = {}
        self.requests: list[httpx.Request] = []

    def on(
        self, what: str, body: object, status: int = 200, *, reading: str = "", **headers: str
    ) -> None:
        """Answer ``what`` with ``body`` (text as it is), signed by a ``reading`` of ``signed``.

        ``headers`` by name with underscores replace the usual ones; empty ones are left out.
        """
        self.answers.setdefault(what, []).append((body, status, reading, headers))

    def error(self, what: str, code: str, status: int = 400, **headers: str) -> None:
        """Refuse ``what``, unsigned."""
        self.on(what, {"code": code, "message": "words"}, status, x_amz_signature="", **headers)

    def sent(self, index: int = -1) -> dict[str, str]:
        """The fields of the n-th request."""
        request = self.requests[index]
        return json.loads(request.content) if request.content else dict(request.url.params)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        planned = self.answers[f"{request.method} {request.url.path}"].pop(0)
        if isinstance(planned, Exception):
            raise planned
        body, status, reading, changed = planned
        text = body if isinstance(body, str) else json.dumps(body)
        signature = "" if "x_amz_signature" in changed else signed(request, text, reading)
        headers = {**ANSWER_HEADERS, "x-amz-signature": signature}
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        present = {name: value for name, value in headers.items() if value}
        return httpx.Response(status, content=text.encode(), headers=present)


def signed(request: httpx.Request, text: str, reading: str) -> str:
    """An answer's signature; ``reading`` is ``get``, ``get_query`` or, by default, ``post``."""
    content = json.loads(text, parse_float=str, parse_int=str)
    query = dict(request.url.params) if reading == "get_query" else {}
    method = "GET" if reading else "POST"
    line = canonical(
        method,
        HOST + request.url.path,
        query,
        ANSWER_HEADERS,
        content if isinstance(content, dict) else {},
    )
    return sign(SECRET, ANSWER_HEADERS["x-amz-date"], line)
