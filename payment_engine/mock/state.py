"""The mock as one value, kept in ``app.ctx.mock``; a reset puts a new one in its place."""

from collections.abc import Mapping
from dataclasses import dataclass

from sanic import Request

from payment_engine.mock.config import MockConfig
from payment_engine.mock.discovery import find_imitations
from payment_engine.mock.imitation import ImitatedAccount
from payment_engine.mock.settlement.breaks import Garden
from payment_engine.mock.shop import Shop
from payment_engine.mock.world import World


@dataclass(frozen=True)
class Mock:
    """The gateways by name, the world they share, the shop that hears of payments, and what is
    planted in settlement files.
    """

    world: World
    gateways: Mapping[str, ImitatedAccount]
    shop: Shop
    garden: Garden


def new_mock(config: MockConfig) -> Mock:
    """A mock that has seen nothing yet."""
    world = World(config)
    imitations = find_imitations()
    gateways = {
        name: imitations[name].open_account(world, account)
        for name, account in config.gateways.items()
    }
    shop = Shop(world.clock, config.shop_notify_secret)
    return Mock(world, gateways, shop, Garden(config.max_scripts))


def mock_of(request: Request) -> Mock:
    """The mock that a request reached."""
    mock: Mock = request.app.ctx.mock
    return mock
