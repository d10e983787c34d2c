"""The signature by which an order service knows our messages, as Standard Webhooks describes it."""

import base64
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from payment_engine.db.outbox import ClaimedMessage
from payment_engine.engine import Engine
from payment_engine.services.access.notify_secrets import Stored, valid_secrets


@dataclass(frozen=True)
class SignedMessage:
    """A message as it leaves: the same wherever it goes."""

    claimed: ClaimedMessage
    headers: Mapping[str, str]
    body: bytes


def sign(engine: Engine, message: ClaimedMessage) -> SignedMessage:
    """The message with its headers, signed now."""
    stored = Stored(
        merchant_id=message.merchant_id,
        sealed=message.secret,
        former=message.former_secret,
        former_until=message.former_until,
    )
    at = engine.now()
    body = orjson.dumps(orjson.loads(message.body))
    headers = signed_headers(valid_secrets(engine.sealer, stored, at), message.id, at, body)
    return SignedMessage(message, headers, body)


def signed_headers(
    secrets: Iterable[str], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Standard Webhooks headers: the id, the time and, by each secret, an HMAC-SHA256 over both and
    the body."""
    timestamp = str(int(at.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
