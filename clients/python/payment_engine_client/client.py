"""Sends calls: with the key of the order service, again where that is safe, and typed."""

import asyncio
import random
import time
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import httpx

from payment_engine_client.calls import Call

T = TypeVar("T")
Outcome = httpx.Response | httpx.TransportError

_TIMEOUT = httpx.Timeout(40, connect=5)
"""Seconds: longer than the longest wait for a change."""
_PASSING = frozenset({408, 429, 502, 503, 504})
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 10.0


class ProblemError(Exception):
    """The service refused a call. ``code`` is stable, ``detail`` is for people.

    ``problem`` has all members of the problem document, such as ``errors`` for invalid fields.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.problem: Mapping[str, Any] = _document(response)
        self.code = str(self.problem.get("code", "unknown"))
        self.detail = str(self.problem.get("detail", response.reason_phrase))
        super().__init__(f"{self.code} ({self.status}): {self.detail}")


class PaymentEngine:
    """A client for programs that block. ``tries``: how often a call is sent at most."""

    def __init__(
        self, base_url: str, key: str, *, tries: int = 4, client: httpx.Client | None = None
    ) -> None:
        self._client = client or httpx.Client(base_url=base_url, timeout=_TIMEOUT)
        self._key, self._tries = key, tries

    def send(self, call: Call[T]) -> T:
        """The answer. Raises ProblemError, and httpx.TransportError where there is none."""
        for used in range(1, self._tries + 1):
            outcome = self._send_once(call)
            wait = _wait_before_next(call, outcome, used) if used < self._tries else None
            if wait is None:
                return _answer(call, outcome)
            time.sleep(wait)
        raise ValueError("tries must be at least 1")

    def _send_once(self, call: Call[Any]) -> Outcome:
        try:
            return self._client.request(**_request(call, self._key))
        except httpx.TransportError as error:
            return error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class AsyncPaymentEngine:
    """A client for programs that run on asyncio."""

    def __init__(
        self, base_url: str, key: str, *, tries: int = 4, client: httpx.AsyncClient | None = None
    ) -> None:
        self._client = client or httpx.AsyncClient(base_url=base_url, timeout=_TIMEOUT)
        self._key, self._tries = key, tries

    async def send(self, call: Call[T]) -> T:
        """The answer. Raises ProblemError, and httpx.TransportError where there is none."""
        for used in range(1, self._tries + 1):
            outcome = await self._send_once(call)
            wait = _wait_before_next(call, outcome, used) if used < self._tries else None
            if wait is None:
                return _answer(call, outcome)
            await asyncio.sleep(wait)
        raise ValueError("tries must be at least 1")

    async def _send_once(self, call: Call[Any]) -> Outcome:
        try:
            return await self._client.request(**_request(call, self._key))
        except httpx.TransportError as error:
            return error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _request(call: Call[Any], key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    if call.key:
        headers["Idempotency-Key"] = call.key
    if call.version is not None:
        headers["If-None-Match"] = f'"{call.version}"'
    body = {} if call.body is None else {"json": call.body}
    return {
        "method": call.method,
        "url": call.path,
        "params": call.query,
        "headers": headers,
        **body,
    }


def _wait_before_next(call: Call[Any], outcome: Outcome, used: int) -> float | None:
    """Seconds until the call is sent again after ``used`` tries; None if this is its outcome."""
    if isinstance(outcome, httpx.TransportError):
        return _back_off(used) if _repeatable(call) else None
    return _wait(outcome, used) if _passes(call, outcome) else None


def _repeatable(call: Call[Any]) -> bool:
    """Whether it may be sent again if nobody knows whether it arrived."""
    return call.method != "POST" or call.key is not None


def _passes(call: Call[Any], response: httpx.Response) -> bool:
    """Whether the same call may succeed soon: as the problem document states, or by the status if
    the call may be repeated in any case."""
    retryable = _document(response).get("retryable")
    if (_retry_after(response) or 0) > _LONGEST_WAIT:
        return False
    if retryable is not None:
        return bool(retryable)
    return _repeatable(call) and response.status_code in _PASSING


def _wait(response: httpx.Response, tries: int) -> float:
    after = _retry_after(response)
    return _back_off(tries) if after is None else after


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds until the service wants the next call; None without such a header, or with a date."""
    after = response.headers.get("retry-after", "")
    return float(after) if after.isascii() and after.isdigit() else None


def _back_off(tries: int) -> float:
    longest = min(_FIRST_WAIT * 2**tries, _LONGEST_WAIT)
    return random.uniform(longest / 2, longest)  # noqa: S311 - not a secret


def _answer(call: Call[T], response: Outcome) -> T:
    if isinstance(response, httpx.TransportError):
        raise response
    if response.status_code == httpx.codes.NOT_MODIFIED and call.unchanged is not None:
        return call.unchanged
    if not response.is_success:
        raise ProblemError(response)
    return cast(T, response.json() if response.content else None)


def _document(response: httpx.Response) -> Mapping[str, Any]:
    """The problem document; empty if it is not one, such as a proxy's own answer."""
    if response.is_success:
        return {}
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
