"""A wire, what it recorded, and raw loopback servers that misbehave on purpose."""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from payment_engine.domain.gateway import Charge, ChargeKey, Customer
from payment_engine.domain.payment_methods import LinkedWallet, UpiIntent
from payment_engine.domain.wire import Exchange
from payment_engine.gateways.amazonpay.adapter import AmazonPay, AmazonPayConfig
from payment_engine.gateways.http import Wire
from payment_engine.gateways.juspay.adapter import Juspay, JuspayConfig
from tests.unit.gateways.loopback import CONFIG, REF, Scripted, Server, Talk
from tests.unit.gateways.scripted_amazonpay import CONFIG as AMAZONPAY
from tests.unit.gateways.scripted_amazonpay import NOW, TOKEN, ScriptedAmazonPay


@pytest.fixture
async def start() -> AsyncIterator[Callable[[Talk], Awaitable[Server]]]:
    """Starts loopback servers and stops them after the test."""
    running: list[asyncio.Server] = []

    async def start(talk: Talk) -> Server:
        server = Server(talk)
        listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=1024)
        running.append(listener)
        server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        return server

    yield start
    for listener in running:
        listener.close()


@pytest.fixture
def recorded() -> list[Exchange]:
    return []


@pytest.fixture
async def make_wire(recorded: list[Exchange]) -> AsyncIterator[Callable[..., Wire]]:
    """Makes wires that record to ``recorded``; short times unless the test says otherwise."""
    wires: list[Wire] = []

    def make(**given: object) -> Wire:
        times = {"connect_timeout": 1.0, "total_timeout": 5.0}
        wires.append(Wire("test", **{"record": recorded.append, **times, **given}))
        return wires[-1]

    yield make
    for wire in wires:
        await wire.aclose()


@pytest.fixture
def script() -> Scripted:
    return Scripted()


@pytest.fixture
def juspay(make_wire: Callable[..., Wire], script: Scripted) -> Juspay:
    config = JuspayConfig.model_validate(CONFIG)
    return Juspay(config, make_wire(transport=httpx.MockTransport(script)))


@pytest.fixture
def juspay_in_two_calls(make_wire: Callable[..., Wire], script: Scripted) -> Juspay:
    config = JuspayConfig.model_validate({**CONFIG, "order_with_payment": False})
    return Juspay(config, make_wire(transport=httpx.MockTransport(script)))


@pytest.fixture
def make_charge() -> Callable[..., Charge]:
    return functools.partial(
        Charge,
        ref=REF,
        amount=116400,
        source=UpiIntent(),
        customer=Customer(ref="cust-8812", phone="9876543210", email="customer@example.in"),
        return_url="https://shop.example/return",
        description="Order PO24068",
    )


@pytest.fixture
def key() -> ChargeKey:
    return ChargeKey(ref=REF, customer_ref="cust-8812", amount=116400)


@pytest.fixture
def amazon() -> ScriptedAmazonPay:
    return ScriptedAmazonPay()


@pytest.fixture
def make_amazonpay(
    make_wire: Callable[..., Wire], amazon: ScriptedAmazonPay
) -> Callable[..., AmazonPay]:
    """Makes the adapter at the turn of a year; settings may be replaced."""

    def make(**given: object) -> AmazonPay:
        config = AmazonPayConfig.model_validate({**AMAZONPAY, **given})
        gateway = AmazonPay(config, make_wire(transport=httpx.MockTransport(amazon)))
        gateway.api.now = lambda: NOW
        return gateway

    return make


@pytest.fixture
def amazonpay(make_amazonpay: Callable[..., AmazonPay]) -> AmazonPay:
    return make_amazonpay()


@pytest.fixture
def make_wallet_charge(make_charge: Callable[..., Charge]) -> Callable[..., Charge]:
    """A charge of a linked wallet."""
    return functools.partial(make_charge, source=LinkedWallet(token=TOKEN))
