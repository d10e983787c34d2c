"""Calls of the API with a person's admin key."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

_TIMEOUT = 60.0
"""Seconds; longer than any route of people on call takes."""


@dataclass(frozen=True)
class Answered:
    """The status and the body of an answer; status 0 if there was none."""

    status: int
    text: str

    @property
    def ok(self) -> bool:
        """Whether the call did what it should."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class AdminApi:
    """The routes of people on call, at one address, for one key."""

    client: httpx.AsyncClient

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answered:
        """One call; never raises for what the network or the service does."""
        try:
            response = await self.client.request(
                method, path, params=_texts(query or {}), json=body or None
            )
        except httpx.HTTPError as error:
            return Answered(0, f"the service cannot be reached: {type(error).__name__}")
        return Answered(response.status_code, response.text)


@asynccontextmanager
async def admin_api(url: str, key: str) -> AsyncIterator[AdminApi]:
    """The API of an installation, while the body runs."""
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "payment-engine-mcp"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT) as client:
        yield AdminApi(client)


def _texts(query: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
        if value is not None
    }
