"""The demo's order service: verifies and stores the notifications of the payment service."""

import hmac
import json
import time
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Mapping
from typing import Any

from payment_engine.mock.clock import Clock

_MOST_NOTIFICATIONS = 1_000
_TOLERANCE = 300.0


class Shop:
    """Stores the last thousand notifications; can be made to fail for a while."""

    def __init__(self, clock: Clock, secret: str | None) -> None:
        self._clock = clock
        self.secret = secret
        self.notifications: deque[dict[str, Any]] = deque(maxlen=_MOST_NOTIFICATIONS)
        self.failure_status = 500
        self.failures_left = 0

    def fail(self, status: int, times: int) -> None:
        """Answer the next ``times`` notifications with ``status`` and do not store them."""
        self.failure_status = status
        self.failures_left = times

    def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        """The HTTP status for a notification: 204, 401 if the signature is wrong, or scripted."""
        if self.failures_left:
            self.failures_left -= 1
            return self.failure_status
        if self.secret and not self._is_signed(self.secret, headers, body):
            return 401
        self.notifications.append(
            {
                "at": self._clock.stamp(),
                "webhook_id": headers.get("webhook-id"),
                "verified": self.secret is not None,
                "content": _content(body),
            }
        )
        return 204

    def of_order(self, order_id: str | None) -> list[dict[str, Any]]:
        """The notifications, oldest first; those of one order if it is named."""
        return [n for n in self.notifications if order_id in (None, _order_id(n["content"]))]

    def order_ids(self) -> list[str]:
        """The order of each notification, oldest first."""
        return [order for n in self.notifications if (order := _order_id(n["content"]))]

    def _is_recent(self, stamp: str) -> bool:
        """By the mock's time or by real time: the payment service may use either."""
        if not stamp.isdigit():
            return False
        times = (self._clock.now().timestamp(), time.time())
        return any(abs(now - int(stamp)) <= _TOLERANCE for now in times)

    def _is_signed(self, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Standard Webhooks: HMAC-SHA256 over id, time and body, base64, after ``v1,``."""
        stamp = headers.get("webhook-timestamp", "")
        if not self._is_recent(stamp):
            return False
        signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
        digest = hmac.digest(b64decode(secret.removeprefix("whsec_")), signed, "sha256")
        expected = b"v1," + b64encode(digest)
        signatures = headers.get("webhook-signature", "").encode().split()
        return any(hmac.compare_digest(each, expected) for each in signatures)


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _order_id(content: Any) -> str | None:
    """The order that a notification is about, directly or through its payment."""
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict):
        return None
    for holder in (data, data.get("payment"), data.get("refund")):
        if isinstance(holder, dict) and isinstance(holder.get("order_id"), str):
            return str(holder["order_id"])
    return None
