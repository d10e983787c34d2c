"""Clients that keep trying to pay, each time for another payment.

    python -m bench.load.crowd URL KEY IDS CLIENTS PAUSE

``IDS`` is a file of payments. Each client waits for its answer, and until ``PAUSE`` seconds are
over since it sent its request. Ends with the payments.
"""

import asyncio
import random
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp

from bench.workloads import UPI


async def main(url: str, key: str, ids: Iterator[str], clients: int, pause: float) -> None:
    """Let all clients try."""
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(url, connector=connector, headers=headers) as http:
        await asyncio.gather(*(_client(http, ids, pause) for _ in range(clients)))


async def _client(http: aiohttp.ClientSession, ids: Iterator[str], pause: float) -> None:
    await asyncio.sleep(random.uniform(0, pause))
    for payment in ids:
        began = time.monotonic()
        path, once = f"/v1/payments/{payment}/attempts", {"Idempotency-Key": uuid.uuid4().hex}
        with suppress(aiohttp.ClientError, TimeoutError):
            async with http.post(path, json=UPI, headers=once) as response:
                await response.read()
        await asyncio.sleep(max(0.0, began + pause - time.monotonic()))


if __name__ == "__main__":
    given = sys.argv[1:]
    payments = iter(Path(given[2]).read_text().splitlines())
    asyncio.run(main(given[0], given[1], payments, int(given[3]), float(given[4])))
