"""What the contract suite needs to know of Paytm: settings, webhooks, and its mock."""

import json
from urllib.parse import parse_qsl, urlencode

import httpx
from pydantic import SecretStr

from payment_engine.domain.gateway import LinkStart
from payment_engine.domain.payment_methods import (
    CardPage,
    ChargeSource,
    Method,
    NetBanking,
    UpiCollect,
    UpiIntent,
    UpiQr,
    Wallet,
)
from payment_engine.gateways.paytm.signature import FIELD, sign
from payment_engine.mock.paytm.config import PaytmConfig

NAME = "paytm"
KEY = "contract-key-016"
MERCHANT_ID = "CONTRA00000000000001"
SOURCE = UpiIntent()
SECRETS = {KEY, "customer@okaxis", "paytm-mock@mockbank", "txnToken="}
SOURCES = {
    Method.UPI_INTENT: SOURCE,
    Method.UPI_QR: UpiQr(),
    Method.UPI_COLLECT: UpiCollect(vpa="customer@okaxis"),
    Method.CARD: CardPage(),
    Method.NETBANKING: NetBanking(bank="HDFC"),
    Method.WALLET: Wallet(wallet="paytm"),
}
WRONG_KEY = {"merchant_key": "another-key-0016"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def mock(webhook_url: str) -> PaytmConfig:
    """Settings of the mock that fit those of ``config``."""
    return PaytmConfig(merchant_id=MERCHANT_ID, merchant_key=KEY, webhook_url=webhook_url)


def config(base_url: str) -> dict[str, str]:
    """Settings of the adapter for the mock at ``base_url``."""
    return {
        "base_url": f"{base_url}/paytm",
        "merchant_id": MERCHANT_ID,
        "merchant_key": KEY,
        "website": "WEBSTAGING",
        "wallet": "true",
    }


async def source(control: httpx.AsyncClient, method: Method) -> ChargeSource:
    """What a charge by ``method`` pays with; Paytm's own page takes cards and wallets."""
    return SOURCES[method]


async def prove(control: httpx.AsyncClient, start: LinkStart) -> SecretStr:
    """What the customer enters to link a wallet: the OTP that the mock always sends."""
    return SecretStr("888888")


async def finish(control: httpx.AsyncClient, ref: str, end: str) -> None:
    """End a charge at the mock: ``paid``, ``declined``, or any status of Paytm's own."""
    action = {"paid": "approve", "declined": "decline"}.get(end, "status")
    answer = await control.post(f"/control/orders/{ref}/{action}", json={"status": end})
    assert answer.status_code == 200, answer.text


def signed(body: bytes) -> tuple[dict[str, str], bytes]:
    """The body as Paytm signs a JSON webhook: in a head, over its exact text."""
    text = body.decode()
    whole = f'{{"head":{json.dumps({"signature": sign(text, KEY)})},"body":{text}}}'
    return {"content-type": "application/json"}, whole.encode()


def unsigned(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """The same without a signature."""
    fields = dict(parse_qsl(body.decode()))
    del fields[FIELD]
    return headers, urlencode(fields).encode()


def forged(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """The same, signed with another key."""
    fields = dict(parse_qsl(body.decode()))
    return headers, _form({**fields, FIELD: ""}, WRONG_KEY["merchant_key"])


def resigned(
    request: httpx.Request, headers: dict[str, str], content: dict[str, object]
) -> tuple[dict[str, str], bytes]:
    """An answer with another ``content``, signed again where it was signed."""
    text = json.dumps(content.get("body"))
    head = content.get("head")
    if isinstance(head, dict) and "signature" in head:
        head = {**head, "signature": sign(text, KEY)}
    return headers, f'{{"head":{json.dumps(head)},"body":{text}}}'.encode()


def webhook(ref: str, paise: int) -> tuple[dict[str, str], bytes]:
    """A signed webhook of a paid charge, in the shape that Paytm documents."""
    fields = {
        "ORDERID": ref,
        "MID": MERCHANT_ID,
        "TXNID": "20261122111212800110168000000000001",
        "TXNAMOUNT": f"{paise // 100}.{paise % 100:02}",
        "CURRENCY": "INR",
        "PAYMENTMODE": "UPI",
        "STATUS": "TXN_SUCCESS",
        "RESPCODE": "01",
        "RESPMSG": "Txn Success",
        "BANKTXNID": "632600000001",
    }
    return FORM, _form(fields, KEY)


def _form(fields: dict[str, str], key: str) -> bytes:
    covered = {name: value for name, value in fields.items() if name != FIELD}
    joined = "|".join(covered[name] for name in sorted(covered))
    return urlencode({**covered, FIELD: sign(joined, key)}).encode()
