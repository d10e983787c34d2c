"""The state of the mock, in ``app.ctx.mock``; a reset replaces it by a new one."""

from collections.abc import Mapping
from dataclasses import dataclass

from sanic import Request

from payment_engine.mock.config import MockConfig
from payment_engine.mock.discovery import find_imitations
from payment_engine.mock.imitation import ImitatedAccount
from payment_engine.mock.settlement.breaks import SettlementFaults
from payment_engine.mock.shop import Shop
from payment_engine.mock.world import World


@dataclass(frozen=True)
class Mock:
    """The imitated accounts by their gateways, what they share, the shop that is notified of
    payments, and the faults of settlement files.
    """

    world: World
    gateways: Mapping[str, ImitatedAccount]
    shop: Shop
    settlement_faults: SettlementFaults


def new_mock(config: MockConfig) -> Mock:
    """A mock without orders."""
    world = World(config)
    imitations = find_imitations()
    gateways = {
        name: imitations[name].open_account(world, account)
        for name, account in config.gateways.items()
    }
    shop = Shop(world.clock, config.shop_notify_secret)
    return Mock(world, gateways, shop, SettlementFaults(config.max_scripts))


def mock_of(request: Request) -> Mock:
    """The mock that a request reached."""
    mock: Mock = request.app.ctx.mock
    return mock
