"""An imitated Amazon Pay per test, a listener for its notifications, and a linked customer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.apps import served_mock_alone
from tests.mock.amazonpay.amazonpay_driver import Listener, Seller, amazonpay_config
from tests.serving import http_client


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ipn"
    yield listener
    server.close()


@pytest.fixture
async def open_account(listener: Listener) -> AsyncIterator[Callable[..., Awaitable[Seller]]]:
    """Starts mocks with a changed account or world."""
    async with AsyncExitStack() as stack:

        async def start(account: dict[str, object] | None = None, **world: object) -> Seller:
            config = amazonpay_config({"notify_url": listener.url, **(account or {})}, **world)
            url = await stack.enter_async_context(served_mock_alone(config))
            client = http_client(url)
            seller = Seller(await stack.enter_async_context(client), listener)
            await seller.link()
            return seller

        yield start


@pytest.fixture
async def seller(open_account: Callable[..., Awaitable[Seller]]) -> Seller:
    return await open_account()
