"""The mock as one value, kept in ``app.ctx.mock``; a reset puts a new one in its place."""

from dataclasses import dataclass

from sanic import Request

from payment_engine.mock.config import MockConfig
from payment_engine.mock.juspay.book import Juspay
from payment_engine.mock.shop import Shop
from payment_engine.mock.world import World


@dataclass(frozen=True)
class Mock:
    """The gateways, the world they share, and the shop that hears of payments."""

    world: World
    juspay: Juspay
    shop: Shop


def new_mock(config: MockConfig) -> Mock:
    """A mock that has seen nothing yet."""
    world = World(config)
    return Mock(world, Juspay(world), Shop(world.clock, config.shop_notify_secret))


def mock_of(request: Request) -> Mock:
    """The mock that a request reached."""
    mock: Mock = request.app.ctx.mock
    return mock
