"""The demo's order service: checks and keeps what the payment service notifies."""

import hmac
import json
import time
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Mapping
from typing import Any

from payment_engine.mock.clock import Clock

_KEPT = 1_000
_TOLERANCE = 300.0


class Shop:
    """Remembers the last thousand notifications; can be told to fail for a while."""

    def __init__(self, clock: Clock, secret: str | None) -> None:
        self._clock = clock
        self.secret = secret
        self.heard: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.answer, self.times = 500, 0

    def fail(self, answer: int, times: int) -> None:
        """Answer the next ``times`` notifications with ``answer`` and do not keep them."""
        self.answer, self.times = answer, times

    def hear(self, headers: Mapping[str, str], body: bytes) -> int:
        """The HTTP status for a notification: 204, 401 if the signature is wrong, or scripted."""
        if self.times:
            self.times -= 1
            return self.answer
        if self.secret and not self._signed(self.secret, headers, body):
            return 401
        self.heard.append(
            {
                "at": self._clock.stamp(),
                "webhook_id": headers.get("webhook-id"),
                "verified": self.secret is not None,
                "content": _content(body),
            }
        )
        return 204

    def about(self, order_id: str | None) -> list[dict[str, Any]]:
        """What was heard, oldest first; of one order where it is named."""
        return [heard for heard in self.heard if order_id in (None, _order_id(heard["content"]))]

    def _fresh(self, stamp: str) -> bool:
        """By the mock's time or by real time, which those who notify may keep."""
        if not stamp.isdigit():
            return False
        times = (self._clock.now().timestamp(), time.time())
        return any(abs(now - int(stamp)) <= _TOLERANCE for now in times)

    def _signed(self, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Standard Webhooks: HMAC-SHA256 over id, time and body, base64, after ``v1,``."""
        stamp = headers.get("webhook-timestamp", "")
        if not self._fresh(stamp):
            return False
        signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
        digest = hmac.digest(b64decode(secret.removeprefix("whsec_")), signed, "sha256")
        wanted = b"v1," + b64encode(digest)
        given = headers.get("webhook-signature", "").encode().split()
        return any(hmac.compare_digest(each, wanted) for each in given)


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
