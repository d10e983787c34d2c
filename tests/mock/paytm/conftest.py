"""A merchant of the imitated Paytm per test, and a receiver for its webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from payment_engine.mock.config import MockConfig
from payment_engine.mock.paytm.config import PaytmConfig
from tests.apps import served_mock_alone
from tests.mock.mock_server import CONFIG
from tests.mock.paytm.paytm_merchant import PAYTM, Merchant, WebhookReceiver
from tests.serving import http_client

StartPaytm = Callable[..., Awaitable[Merchant]]


@pytest.fixture
async def webhooks() -> AsyncIterator[WebhookReceiver]:
    webhooks = WebhookReceiver()
    server = await asyncio.start_server(webhooks.serve, "127.0.0.1", 0)
    webhooks.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield webhooks
    server.close()


@pytest.fixture
async def start_paytm(webhooks: WebhookReceiver) -> AsyncIterator[StartPaytm]:
    """Starts mocks; ``paytm`` changes the account, the rest the world around it."""
    async with AsyncExitStack() as stack:

        async def start(paytm: dict[str, object] | None = None, **world: object) -> Merchant:
            account = PaytmConfig(**{**PAYTM, "webhook_url": webhooks.url, **(paytm or {})})
            config = MockConfig(gateways={"paytm": account}, **{**CONFIG, **world})
            url = await stack.enter_async_context(served_mock_alone(config))
            client = http_client(url)
            return Merchant(await stack.enter_async_context(client))

        yield start


@pytest.fixture
async def merchant(start_paytm: StartPaytm) -> Merchant:
    return await start_paytm()
