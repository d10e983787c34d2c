"""Mocks on loopback ports, one per test, and a receiver for their webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.mock.mock_server import Driver, Hook, mock_app
from tests.serving import http_client, served


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0)
    hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield hook
    server.close()


@pytest.fixture
async def start(hook: Hook) -> AsyncIterator[Callable[..., Awaitable[Driver]]]:
    """Starts mocks with a changed config."""
    async with AsyncExitStack() as stack:

        async def start(**given: object) -> Driver:
            app = mock_app(
                **{**given, "juspay": {"webhook_url": hook.url, **given.get("juspay", {})}}
            )
            url = await stack.enter_async_context(served(app))
            client = http_client(url)
            return Driver(await stack.enter_async_context(client))

        yield start


@pytest.fixture
async def mock(start: Callable[..., Awaitable[Driver]]) -> Driver:
    return await start()
