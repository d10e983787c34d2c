"""Mocks on loopback ports, one per test, and a receiver for their webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from tests.apps import served_mock_alone
from tests.mock.mock_server import Driver, Hook, mock_config
from tests.serving import http_client


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
            juspay = {"webhook_url": hook.url, **given.get("juspay", {})}
            config = mock_config(**{**given, "juspay": juspay})
            url = await stack.enter_async_context(served_mock_alone(config))
            client = http_client(url)
            return Driver(await stack.enter_async_context(client))

        yield start


@pytest.fixture
async def mock(start: Callable[..., Awaitable[Driver]]) -> Driver:
    return await start()
