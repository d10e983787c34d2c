"""The envelope of a notification, as Amazon's notification service posts and signs it."""

import json
from base64 import b64encode
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from payment_engine.mock.amazonpay.certificate import Identity

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


def signable(envelope: Envelope) -> bytes:
    """Names and values of what a signature covers, a line each."""
    names = (name for name in _SIGNED[envelope["Type"]] if name in envelope)
    return "".join(f"{name}\n{envelope[name]}\n" for name in names).encode()


def seal(envelope: Envelope, version: Literal["1", "2"], identity: Identity) -> Envelope:
    """The envelope with its signature: RSA PKCS#1 v1.5 with SHA-1 (version 1) or SHA-256 (2)."""
    hashed = SHA1() if version == "1" else SHA256()  # noqa: S303
    signature = identity.key.sign(signable(envelope), PKCS1v15(), hashed)
    return {
        **envelope,
        "SignatureVersion": version,
        "Signature": b64encode(signature).decode(),
    }


def posted(envelope: Envelope) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the HTTP request that carries it; the body is JSON called text."""
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "x-amz-sns-message-type": envelope["Type"],
        "x-amz-sns-message-id": envelope["MessageId"],
        "x-amz-sns-topic-arn": envelope["TopicArn"],
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    return json.dumps(envelope, indent=2).encode(), headers
