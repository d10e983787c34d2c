"""A merchant of the imitated Paytm per test, and a receiver for its webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from mock_server import CONFIG, running
from paytm_merchant import PAYTM, Ear, Merchant

from payment_engine.mock.app import create_app
from payment_engine.mock.config import MockConfig
from payment_engine.mock.paytm.config import PaytmConfig


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    ear = Ear()
    server = await asyncio.start_server(ear.serve, "127.0.0.1", 0)
    ear.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield ear
    server.close()


@pytest.fixture
async def start_paytm(ear: Ear) -> AsyncIterator[Callable[..., Awaitable[Merchant]]]:
    """Starts mocks; ``paytm`` changes the account, the rest the world around it."""
    async with AsyncExitStack() as stack:

        async def start(paytm: dict[str, object] | None = None, **world: object) -> Merchant:
            account = PaytmConfig(**{**PAYTM, "webhook_url": ear.url, **(paytm or {})})
            app = create_app(MockConfig(gateways={"paytm": account}, **{**CONFIG, **world}))
            url = await stack.enter_async_context(running(app))
            client = httpx.AsyncClient(base_url=url, trust_env=False)
            return Merchant(await stack.enter_async_context(client))

        yield start


@pytest.fixture
async def merchant(start_paytm: Callable[..., Awaitable[Merchant]]) -> Merchant:
    return await start_paytm()
