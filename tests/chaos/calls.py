"""Calls as a careful client makes them: the same Idempotency-Key until there is an answer."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
import orjson

from tests.chaos.journal import Call, Journal

_TIMEOUT = 40.0
_PAUSE = 0.3, 2.0
"""Seconds between two tries of a call: the first pause and the longest."""


class Answer(NamedTuple):
    """A status and the body as it was received."""

    status: int
    body: bytes

    @property
    def document(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)

    @property
    def done(self) -> bool:
        """Whether it is an answer in the caller's favour."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Shop:
    """An order service with keys of its own."""

    name: str
    service_key: str
    notify_secret: str
    merchant_id: str


class Caller:
    """Makes the calls of one client at the API."""

    def __init__(self, http: aiohttp.ClientSession, api: str, journal: Journal, seed: int) -> None:
        self.http = http
        self.journal = journal
        self.chance = random.Random(seed)
        self.api = api

    async def call(
        self,
        kind: str,
        path: str,
        body: Any,
        shop: Shop,
        *,
        key: str,
        payment_id: str = "",
        patience: int = 1_000,
    ) -> Answer | None:
        """The answer, of the first try or of a repetition; after ``patience`` tries the caller
        walks away without one.
        """
        call = self.journal.begin(kind, key, payment_id)
        pause = _PAUSE[0]
        while True:
            answer = await self._once(call, path, body, shop)
            if answer and _is_final(answer):
                self.journal.answered(call)
                return answer
            if call.tries >= patience:
                call.abandoned = True
                return None
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1))
            pause = min(2 * pause, _PAUSE[1])

    async def read(self, payment_id: str, shop: Shop, version: int = 0) -> dict[str, Any] | None:
        """The payment, once it differs from a version or after five seconds; None without an
        answer.
        """
        headers = {"authorization": f"Bearer {shop.service_key}"}
        if version:
            headers["if-none-match"] = f'"{version}"'
        wait = {"wait": "5"} if version else None
        url = f"{self.api}/v1/payments/{payment_id}"
        try:
            async with self.http.get(url, headers=headers, params=wait, timeout=_timeout()) as got:
                raw = await got.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.journal.outcomes["read", type(error).__name__] += 1
            return None
        self.journal.outcomes["read", str(got.status)] += 1
        if got.status != 200:
            return None
        document: dict[str, Any] = orjson.loads(raw)
        self.journal.answered_at["read"] = time.monotonic()
        self.journal.saw(document)
        return document

    async def _once(self, call: Call, path: str, body: Any, shop: Shop) -> Answer | None:
        headers = {
            "authorization": f"Bearer {shop.service_key}",
            "idempotency-key": call.key,
        }
        url = f"{self.api}{path}"
        try:
            async with self.http.post(url, json=body, headers=headers, timeout=_timeout()) as got:
                answer = Answer(got.status, await got.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.journal.tried(call, type(error).__name__, cut=True)
            return None
        code = "" if answer.done else f" {_problem(answer).get('code', '')}"
        self.journal.tried(call, f"{answer.status}{code}")
        return answer


def _timeout() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=_TIMEOUT)


def _is_final(answer: Answer) -> bool:
    """Whether to repeat the call would change nothing; errors say so themselves."""
    return answer.done or not (answer.status >= 500 or _problem(answer).get("retryable"))


def _problem(answer: Answer) -> Mapping[str, Any]:
    try:
        problem = answer.document
    except orjson.JSONDecodeError:
        return {}
    return problem if isinstance(problem, dict) else {}
