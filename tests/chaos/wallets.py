"""Customers who link their Amazon Pay wallet, to be debited without a page of its own."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

_LINK = "/v1/amazonpay/wallet/link"


async def link_wallet(http: aiohttp.ClientSession, api: str, token: str) -> str | None:
    """The id of the wallet, linked as its customer does in a browser; None if a step fails, which
    is no call that anybody repeats.
    """
    try:
        started = await _post(http, f"{api}{_LINK}", {}, token)
        async with http.get(started["next"]["url"]) as page:
            address = str(page.url)
        async with http.post(address, data={"action": "allow"}, allow_redirects=False) as agreed:
            query = parse_qs(urlsplit(agreed.headers["location"]).query)
        wallet = await _post(http, f"{api}{_LINK}", {"code": query["code"][0]}, token)
        return str(wallet["id"])
    except (aiohttp.ClientError, TimeoutError, OSError, LookupError, ValueError):
        return None


async def _post(http: aiohttp.ClientSession, url: str, body: Any, token: str) -> Any:
    headers = {"authorization": f"Bearer {token}"}
    async with http.post(url, json=body, headers=headers) as answer:
        answer.raise_for_status()
        return await answer.json()
