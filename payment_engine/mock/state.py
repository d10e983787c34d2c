"""The mock as one value, kept in ``app.ctx.mock``; a reset puts a new one in its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sanic import Request

from payment_engine.mock.amazonpay.book import AmazonPay
from payment_engine.mock.amazonpay.imitated import ImitatedAmazonPay
from payment_engine.mock.config import MockConfig
from payment_engine.mock.imitation import Imitation
from payment_engine.mock.juspay.book import Juspay
from payment_engine.mock.juspay.imitated import ImitatedJuspay
from payment_engine.mock.paytm.book import Paytm
from payment_engine.mock.paytm.imitated import ImitatedPaytm
from payment_engine.mock.settlement.breaks import Garden
from payment_engine.mock.shop import Shop
from payment_engine.mock.world import World


@dataclass(frozen=True)
class Mock:
    """The gateways by name, the world they share, the shop that hears of payments, and what is
    planted in settlement files.
    """

    world: World
    gateways: Mapping[str, Imitation]
    shop: Shop
    garden: Garden


def new_mock(config: MockConfig) -> Mock:
    """A mock that has seen nothing yet."""
    world = World(config)
    gateways = {each.name: each for each in _gateways(world, config)}
    shop = Shop(world.clock, config.shop_notify_secret)
    return Mock(world, gateways, shop, Garden(config.max_scripts))


def mock_of(request: Request) -> Mock:
    """The mock that a request reached."""
    mock: Mock = request.app.ctx.mock
    return mock


def _gateways(world: World, config: MockConfig) -> Iterator[Imitation]:
    if config.juspay:
        yield ImitatedJuspay(Juspay(world, config.juspay))
    if config.paytm:
        yield ImitatedPaytm(Paytm(world, config.paytm))
    if config.amazonpay:
        yield ImitatedAmazonPay(AmazonPay(world, config.amazonpay))
