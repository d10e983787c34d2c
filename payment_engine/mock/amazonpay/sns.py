"""The envelope of a notification as Amazon SNS posts it, and the certificate that signs it."""

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_BITS = 2048
_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_UNTIL = datetime(2049, 12, 31, tzinfo=UTC)
Envelope = dict[str, str]
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}


@dataclass(frozen=True)
class Identity:
    """A private key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def path(self) -> str:
        """Where the certificate is served, as SNS names such files."""
        digest = self.certificate.fingerprint(SHA256()).hex()[:32]
        return f"/SimpleNotificationService-{digest}.pem"


@cache
def authority() -> Identity:
    """A self-signed authority; only clients that are told to trust it do."""
    return _issue("Mock Notification Authority", None)


@cache
def signer() -> Identity:
    """The signer of notifications, new in every process."""
    return _issue("sns.amazonaws.com", authority())


@cache
def impostor() -> Identity:
    """The signer of forged notifications, whose certificate is not served."""
    return _issue("sns.amazonaws.com", None)


def _issue(name: str, issuer: Identity | None) -> Identity:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .sign(issuer.key if issuer else key, SHA256())
    )
    return Identity(key, certificate)


def signed_text(envelope: Envelope) -> bytes:
    """Names and values that a signature covers, a line each."""
    names = (name for name in _SIGNED[envelope["Type"]] if name in envelope)
    return "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()


def sign_envelope(envelope: Envelope, version: Literal["1", "2"], identity: Identity) -> Envelope:
    """The envelope with its signature: RSA PKCS#1 v1.5 with SHA-1 (version 1) or SHA-256 (2)."""
    hashed = SHA1() if version == "1" else SHA256()  # noqa: S303
    signature = identity.key.sign(signed_text(envelope), PKCS1v15(), hashed)
    return {
        **envelope,
        "SignatureVersion": version,
        "Signature": b64encode(signature).decode(),
    }


def http_message(envelope: Envelope) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the HTTP request with an envelope: JSON, sent as text."""
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": envelope["Type"],
        "x-amz-sns-message-id": envelope["MessageId"],
        "x-amz-sns-topic-arn": envelope["TopicArn"],
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    return json.dumps(envelope, indent=2).encode(), headers
