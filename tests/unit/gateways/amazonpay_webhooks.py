"""Amazon Pay's webhooks as SNS signs them, with keys of our own."""

import base64
import functools
import json
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.unit.gateways.scripted_amazonpay import REF, TOPIC

CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0000.pem"
CHARGE_XML = f"""
<ChargeTransactionNotification xmlns="https://mws.example/ipn"><ChargeTransactionDetails>
  <OrderID>S04-0000001-0000001</OrderID><SellerReferenceId>{REF}</SellerReferenceId>
  <Amount><Amount>1164.00</Amount><CurrencyCode>INR</CurrencyCode></Amount>
  <TotalFee><Amount>0.00</Amount><CurrencyCode>INR</CurrencyCode></TotalFee>
  <PaymentModes><Id>AmazonPayBalance</Id></PaymentModes><FeeBreakup/>
  <Status><State>Completed</State><ReasonCode>001</ReasonCode>
    <ReasonDescription>Txn Success</ReasonDescription></Status>
</ChargeTransactionDetails></ChargeTransactionNotification>""".strip()
REFUND_XML = """
<RefundNotification><RefundDetails>
  <AmazonRefundId>S04-0000001-0000001-R000001</AmazonRefundId>
  <RefundReferenceId>RF0001</RefundReferenceId>
  <RefundAmount><Amount>100.00</Amount><CurrencyCode>INR</CurrencyCode></RefundAmount>
  <RefundStatus><State>Completed</State></RefundStatus>
</RefundDetails></RefundNotification>""".strip()


@functools.cache
def identity(kind: str) -> tuple[Any, bytes]:
    """A private key and the certificate that goes with it."""
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = rsa_key if kind != "ec" else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
    )
    return key, certificate.public_bytes(Encoding.PEM)


def envelope_of(message: object, **changed: object) -> dict[str, Any]:
    """An envelope that is not signed yet."""
    text = message if isinstance(message, str) else json.dumps(message)
    return {
        "Type": "Notification",
        "MessageId": "22222222-0000-4000-8000-000000000002",
        "TopicArn": TOPIC,
        "Message": text,
        "Timestamp": "2026-01-01T00:00:02.600Z",
        "SigningCertURL": CERTIFICATE,
        **changed,
    }


def notification(xml: str, **changed: object) -> dict[str, Any]:
    """The envelope, not signed yet, of a notification with this XML."""
    message = {
        "Version": "2013-01-01",
        "NotificationType": "OrderReferenceNotification",
        "SellerId": "MEXAMPLESELLER",
        "NotificationData": xml,
    }
    return envelope_of({**message, **changed})


CONFIRMATION = envelope_of(
    "You have chosen to subscribe.",
    Type="SubscriptionConfirmation",
    Token="2336412f37",
    SubscribeURL="https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37",
)


def sign_envelope(
    content: dict[str, Any], version: str = "1", signer: str = "rsa"
) -> dict[str, Any]:
    """The envelope, signed: the lines are written out here, not taken from the adapter."""
    confirming = content["Type"] != "Notification"
    middle = ["SubscribeURL", "Timestamp", "Token"] if confirming else ["Subject", "Timestamp"]
    names = ["Message", "MessageId", *middle, "TopicArn", "Type"]
    lines = "".join(f"{name}\n{content[name]}\n" for name in names if name in content)
    hashed = SHA1() if version == "1" else SHA256()  # noqa: S303
    signature = identity(signer)[0].sign(lines.encode(), PKCS1v15(), hashed)
    return {
        **content,
        "SignatureVersion": version,
        "Signature": base64.b64encode(signature).decode(),
    }


def posted(content: dict[str, Any], **headers: str) -> tuple[dict[str, str], bytes]:
    """Headers and body, as they arrive."""
    usual = {
        "content-type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": str(content.get("Type")),
        "x-amz-sns-topic-arn": str(content.get("TopicArn")),
    }
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return {**usual, **changed}, json.dumps(content).encode()
