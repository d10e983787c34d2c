"""What the contract suite needs to know of Amazon Pay: settings, webhooks, and its mock."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from payment_engine.domain.gateway import LinkStart
from payment_engine.domain.payment_methods import ChargeSource, LinkedWallet, Method
from payment_engine.gateways.amazonpay.adapter import AmazonPay
from payment_engine.gateways.amazonpay.signature import ALGORITHM, canonical, sign
from payment_engine.gateways.amazonpay.wallets import WalletTokens
from payment_engine.mock.amazonpay.config import AmazonPayConfig
from payment_engine.mock.amazonpay.sns import http_message, impostor, sign_envelope, signer

NAME = "amazonpay"
SELLER = "ACONTRACTSELLER"
TOPIC = "arn:aws:sns:eu-west-1:000000000000:Contract"
CERTIFICATE = f"https://sns.eu-west-1.amazonaws.com{signer().path}"
CUSTOMER = "cust-8812"
SOURCE = LinkedWallet(token=WalletTokens(access="Atza|nobody", refresh="Atzr|nobody").serialized())
SECRETS = {
    "contract-secret-key",
    "contract-return-key",
    "contract-client-secret",
    "Atza|",
    "Atzr|",
    "pay?token=",
}
WRONG_KEY = {"secret_key": "not-the-key"}
_REASON = "<ReasonCode>001</ReasonCode><ReasonDescription>Txn Success</ReasonDescription>"


def mock(webhook_url: str) -> AmazonPayConfig:
    """Settings of the mock that fit those of ``config``; a wallet holds 1000 rupees."""
    return AmazonPayConfig(
        merchant_id=SELLER,
        access_key="contract-access-key",
        secret_key="contract-secret-key",
        return_access_key="contract-return-access",
        return_secret_key="contract-return-key",
        client_secret="contract-client-secret",
        topic_arn=TOPIC,
        notify_url=webhook_url,
    )


def config(base_url: str) -> dict[str, str]:
    """Settings of the adapter for the mock at ``base_url``."""
    return {
        "base_url": f"{base_url}/amazonpay",
        "signing_host": "amazonpay-sandbox.amazon.in",
        "merchant_id": SELLER,
        "access_key": "contract-access-key",
        "secret_key": "contract-secret-key",
        "return_access_key": "contract-return-access",
        "return_secret_key": "contract-return-key",
        "client_id": "amzn1.application-oa2-client.mock",
        "client_secret": "contract-client-secret",
        "consent_url": f"{base_url}/amazonpay/ap/oa",
        "token_url": f"{base_url}/amazonpay/auth/o2/token",
        "topic_arn": TOPIC,
        "certificate_base": f"{base_url}/amazonpay",
    }


async def ready(control: httpx.AsyncClient) -> None:
    """The customer has linked a wallet before they pay."""
    answer = await control.post(f"/control/amazonpay/wallets/{CUSTOMER}/link")
    tokens = answer.json()
    linked = WalletTokens(access=tokens["access_token"], refresh=tokens["refresh_token"])
    global SOURCE
    SOURCE = LinkedWallet(token=linked.serialized())


def prepared(gateway: AmazonPay) -> AmazonPay:
    """The gateway, with the certificate that its webhooks name."""
    gateway.certificates.trust(CERTIFICATE, signer().pem.encode())
    return gateway


async def source(control: httpx.AsyncClient, method: Method) -> ChargeSource:
    """The linked wallet pays."""
    return SOURCE


async def prove(control: httpx.AsyncClient, start: LinkStart) -> SecretStr:
    """The code that the browser brings back, of a customer with enough money who agrees."""
    await control.post(f"/control/amazonpay/wallets/{CUSTOMER}", json={"balance": 1_000_000})
    agreed = {"action": "allow", "customer": CUSTOMER}
    answer = await control.post(str(start.url), data=agreed)
    back = urlsplit(answer.headers["location"])
    return SecretStr(parse_qs(back.query)["code"][0])


async def finish(control: httpx.AsyncClient, ref: str, end: str) -> None:
    """End a charge at the mock: ``paid``, ``declined``, or any status of Amazon's own."""
    action = {"paid": "approve", "declined": "decline"}.get(end, "status")
    body = {"status": end} if action == "status" else {}
    answer = await control.post(f"/control/orders/{ref}/{action}", json=body)
    assert answer.status_code == 200, answer.text


def signed(body: bytes) -> tuple[dict[str, str], bytes]:
    """The body as the message of an envelope that SNS signed."""
    envelope = {
        "Type": "Notification",
        "MessageId": "22222222-0000-4000-8000-000000000002",
        "TopicArn": TOPIC,
        "Message": body.decode(),
        "Timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.600Z",
        "SigningCertURL": CERTIFICATE,
    }
    return _posted(sign_envelope(envelope, "2", signer()))


def unsigned(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """The same without a signature."""
    envelope = json.loads(body)
    return _posted({name: envelope[name] for name in envelope if name != "Signature"})


def forged(headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """The same, signed with another key."""
    return _posted(sign_envelope(json.loads(body), "2", impostor()))


def resigned(
    request: httpx.Request, headers: dict[str, str], content: dict[str, object]
) -> tuple[dict[str, str], bytes]:
    """An answer with another ``content``, signed again with the same key."""
    names = ("x-amz-date", "x-amz-request-id")
    signed_headers = {"x-amz-algorithm": ALGORITHM, **{name: headers[name] for name in names}}
    host_and_path = f"amazonpay-sandbox.amazon.in{request.url.path.removeprefix('/amazonpay')}"
    text = canonical("POST", host_and_path, {}, signed_headers, content)
    signature = sign("contract-secret-key", signed_headers["x-amz-date"], text)
    return {**headers, "x-amz-signature": signature}, json.dumps(content).encode()


def webhook(ref: str, paise: int) -> tuple[dict[str, str], bytes]:
    """A signed webhook of a paid charge, in the shape that integrations read."""
    amount = f"<Amount>{paise // 100}.{paise % 100:02}</Amount><CurrencyCode>INR</CurrencyCode>"
    xml = (
        "<ChargeTransactionNotification><ChargeTransactionDetails>"
        f"<OrderID>S04-0000001-0000001</OrderID><SellerReferenceId>{ref}</SellerReferenceId>"
        f"<Amount>{amount}</Amount><Status><State>Completed</State>{_REASON}</Status>"
        "</ChargeTransactionDetails></ChargeTransactionNotification>"
    )
    message = {
        "NotificationType": "OrderReferenceNotification",
        "SellerId": SELLER,
        "NotificationData": xml,
    }
    return signed(json.dumps(message).encode())


def _posted(envelope: dict[str, str]) -> tuple[dict[str, str], bytes]:
    body, headers = http_message(envelope)
    return {name.lower(): value for name, value in headers.items()}, body
