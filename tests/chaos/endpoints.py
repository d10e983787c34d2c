"""The shops' endpoints: one server that verifies, records and answers messages, or hangs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from tests.chaos.evidence import Delivery
from tests.chaos.journal import Journal


class Endpoints:
    """Where messages arrive; ``secrets`` by shop, and ``hanging``: the shops that do not answer."""

    def __init__(self, journal: Journal) -> None:
        self.secrets: dict[str, str] = {}
        self.hanging: set[str] = set()
        self._journal = journal

    async def receive(self, request: web.Request) -> web.Response:
        """Record a message; a shop that hangs has it and does not answer."""
        shop, body = request.match_info["shop"], await request.read()
        try:
            content = Webhook(self.secrets[shop]).verify(body, dict(request.headers))
        except WebhookVerificationError:
            self._journal.outcomes["message", "wrong signature"] += 1
            return web.Response(status=401)
        taken = shop not in self.hanging
        self._record(shop, request.headers["webhook-id"], content, body, taken=taken)
        while shop in self.hanging:
            await asyncio.sleep(0.1)
        if not taken:  # the sender has given up, or takes it for a failure
            return web.Response(status=503)
        return web.Response(status=204)

    def _record(
        self, shop: str, message_id: str, content: Any, body: bytes, *, taken: bool
    ) -> None:
        payment = content["data"]["payment"]
        self._journal.outcomes["message", "taken" if taken else "not answered"] += 1
        self._journal.saw(payment)
        if taken:
            self._journal.taken_at[shop] = time.monotonic()
        self._journal.deliveries.append(
            Delivery(
                shop=shop,
                message_id=message_id,
                payment_id=payment["id"],
                sequence=content["sequence"],
                body=orjson.dumps(content, option=orjson.OPT_SORT_KEYS),
                taken=taken,
            )
        )


@asynccontextmanager
async def served(endpoints: Endpoints, port: int) -> AsyncIterator[str]:
    """The server; its address."""
    app = web.Application()
    app.router.add_post("/{shop}", endpoints.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
