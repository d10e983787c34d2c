"""What the contract suite must know of Juspay: settings, webhooks, its imitation's controls."""

import base64
import json

import httpx
from pydantic import SecretStr

from payment_engine.domain.payment_methods import (
    CardToken,
    ChargeSource,
    Method,
    NetBanking,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
from payment_engine.mock.juspay.config import JuspayConfig

NAME = "juspay"
SOURCE = UpiIntent()
SECRETS = {
    "contract-api-key",
    "contract-hook-password",
    "contract-response-key",
    "ctkn_",
    base64.b64encode(b"contract-api-key:").decode(),
}
SOURCES = {
    Method.UPI_INTENT: SOURCE,
    Method.UPI_QR: UpiQr(),
    Method.UPI_COLLECT: UpiCollect(vpa="customer@okaxis"),
    Method.NETBANKING: NetBanking(bank="HDFC"),
    Method.WALLET: Wallet(wallet="paytm"),
}
WRONG_KEY = {"api_key": "not-the-key"}


def mock(webhook_url: str) -> JuspayConfig:
    """What the imitation is given, so that it fits ``config``."""
    return JuspayConfig(
        merchant_id="acme",
        api_key="contract-api-key",
        webhook_url=webhook_url,
        webhook_username="contract-hook",
        webhook_password="contract-hook-password",
        response_key="contract-response-key",
    )


def config(base_url: str) -> dict[str, str]:
    """Settings of the adapter that fit the imitation at ``base_url``."""
    return {
        "base_url": f"{base_url}/juspay",
        "merchant_id": "acme",
        "api_key": "contract-api-key",
        "webhook_username": "contract-hook",
        "webhook_password": "contract-hook-password",
        "response_key": "contract-response-key",
    }


async def source(control: httpx.AsyncClient, method: Method) -> ChargeSource:
    """What a charge by ``method`` pays with.

    The customer's browser exchanges a card at Juspay; its number never reaches the adapter.
    """
    if method is not Method.CARD:
        return SOURCES[method]
    card = {
        "merchant_id": "acme",
        "card_number": "4242424242424242",
        "card_exp_month": "12",
        "card_exp_year": "2035",
        "card_security_code": "123",
        "name_on_card": "Demo Customer",
    }
    answer = await control.post("/juspay/card/tokenize", data=card)
    return CardToken(token=SecretStr(answer.json()["token"]))


async def finish(control: httpx.AsyncClient, ref: str, end: str) -> None:
    """Have the imitation end a charge: ``paid``, ``declined``, or any status of its own."""
    action = {"paid": "approve", "declined": "decline"}.get(end, "status")
    answer = await control.post(f"/control/orders/{ref}/{action}", json={"status": end})
    assert answer.status_code == 200, answer.text


def signed(body: bytes) -> tuple[dict[str, str], bytes]:
    """The body as Juspay would sign it: HTTP Basic, nothing of the body."""
    pair = base64.b64encode(b"contract-hook:contract-hook-password").decode()
    return {"authorization": f"Basic {pair}"}, body


def unsigned(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """The same signed by nobody."""
    return {}, body


def forged(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """The same signed by somebody else."""
    return {"authorization": headers["authorization"][:-4] + "AAAA"}, body


def resigned(
    request: httpx.Request, headers: dict[str, str], content: object
) -> tuple[dict[str, str], bytes]:
    """An answer that says something else: Juspay signs none."""
    return headers, json.dumps(content).encode()


def webhook(ref: str, paise: int) -> tuple[dict[str, str], bytes]:
    """A signed webhook of a paid charge, in the shape that Juspay documents."""
    order = {
        "order_id": ref,
        "merchant_id": "acme",
        "status": "CHARGED",
        "status_id": "21",
        "amount": paise / 100,
        "currency": "INR",
        "txn_uuid": "eulA1",
        "refunds": [],
    }
    event = {"id": "evt_V2_1", "event_name": "ORDER_SUCCEEDED", "content": {"order": order}}
    return signed(json.dumps(event).encode())
