"""The apps of worlds and mocks, which one test after the other serves.

Making them takes half of a test.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from payment_engine.mock import app as mock
from tests.serving import bound_socket, served_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable
    from socket import socket

    from sanic import Sanic

    from payment_engine.engine import Engine
    from payment_engine.mock.config import MockConfig
    from payment_engine.settings import Settings

_idle: defaultdict[Hashable, list[Any]] = defaultdict(list)


@asynccontextmanager
async def served_api(settings: Settings, engine: Engine, sock: socket) -> AsyncIterator[None]:
    """The API over this engine, which tests of gateways need not import."""
    from payment_engine import app as api

    def attach(app: Sanic[Any, Any]) -> None:
        api.attach(app, settings, engine)

    async with _served("api", lambda: api.create_app(settings, engine=engine), attach, sock):
        yield


@asynccontextmanager
async def served_mock(config: MockConfig, sock: socket) -> AsyncIterator[None]:
    """A mock with state of its own."""

    def attach(app: mock.Listener) -> None:
        mock.attach(app, config)

    gateways = frozenset(config.gateways)
    async with _served(gateways, lambda: mock.create_app(config), attach, sock):
        yield


@asynccontextmanager
async def served_mock_alone(config: MockConfig) -> AsyncIterator[str]:
    """A mock behind a socket of its own; its base URL."""
    with bound_socket() as sock:
        async with served_mock(config, sock):
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"


@asynccontextmanager
async def _served(
    key: Hashable, make: Callable[[], Any], attach: Callable[[Any], None], sock: socket
) -> AsyncIterator[None]:
    """An app that no test serves, or a new one; after a test that passed, it is the next one's."""
    idle = _idle[key]
    if idle:
        app = idle.pop()
        attach(app)
    else:
        app = make()
    async with served_on(app, sock):
        yield
    vars(app.ctx).clear()
    idle.append(app)
