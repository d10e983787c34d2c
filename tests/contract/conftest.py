"""Every gateway that the engine finds, against its imitation and against a raw broken server.

Its limit: the imitation is ours, so this proves agreement with our reading of a gateway, not
with the gateway. Published vectors (tests/unit/gateways) and tests/sandbox cover that.
"""

import asyncio
import importlib.util
import itertools
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from payment_engine.domain.gateway import Charge, ChargeKey, Customer
from payment_engine.domain.ids import gateway_ref, new_id
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.wire import Exchange
from payment_engine.gateways import find_gateways
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire
from payment_engine.mock.config import MockConfig
from tests.apps import served_mock
from tests.serving import bound_socket, http_client

AMOUNT = 116400
ENTRY_POINTS = "payment_engine.contract"
OPTIONAL = ("capture", "void")
CUSTOMER = Customer(
    ref="cust-8812", phone="9876501234", email="customer8812@example.in", name="Demo Customer"
)
_FOLDER = Path(__file__).parent
_MOMENTS = itertools.count(1_790_000_000_000)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that ``needs`` a verb or a method is none of a gateway that declares it lacks it.

    Of a run of the whole suite, ``items`` has the tests of other folders as well.
    """
    ours = (item for item in items if item.path.is_relative_to(_FOLDER))
    lacking = [item for item in ours if _lacks(item)]
    config.hook.pytest_deselected(items=lacking)
    items[:] = [item for item in items if item not in set(lacking)]


def _lacks(item: pytest.Item) -> bool:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    if "case" not in params:
        return False
    gateway = find_gateways()[params["case"]]
    needed = [need for mark in item.iter_markers("needs") for need in mark.args]
    needed += [params["verb"]] if params.get("verb") in OPTIONAL else []
    return any(
        need not in gateway.methods if isinstance(need, Method) else not gateway.supports(need)
        for need in needed
    )


@pytest.fixture(params=sorted(find_gateways()))
def case(request: pytest.FixtureRequest) -> ModuleType:
    """What this suite must know of one gateway: the file of its name beside this one.

    A gateway from an installed package names its module in the group ``payment_engine.contract``.
    """
    installed = {each.name: each.value for each in entry_points(group=ENTRY_POINTS)}
    name = installed.get(request.param, f"tests.contract.{request.param}")
    spec = importlib.util.find_spec(name)
    assert spec, f"{request.param} has no {name.replace('.', '/')}.py"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def recorded() -> list[Exchange]:
    return []


@pytest.fixture
async def make_gateway(
    case: ModuleType, recorded: list[Exchange]
) -> AsyncIterator[Callable[..., Gateway]]:
    """Makes the gateway, speaking to ``base_url``; other settings and times may be replaced."""
    wires: list[Wire] = []

    def make(
        base_url: str,
        *,
        total_timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
        **settings: str,
    ) -> Gateway:
        times = {"connect_timeout": 2.0, "total_timeout": total_timeout}
        wire = Wire(case.NAME, record=recorded.append, transport=transport, **times)
        wires.append(wire)
        kind = find_gateways()[case.NAME]
        return kind(kind.Config.model_validate({**case.config(base_url), **settings}), wire)

    yield make
    for wire in wires:
        await wire.aclose()


class PostBox:
    """Takes webhooks as they come: lower-case headers and the raw body."""

    def __init__(self) -> None:
        self.deliveries: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = (line.partition(": ") for line in head.split("\r\n")[1:] if line)
            headers = {name.lower(): value for name, _, value in lines}
            body = await reader.readexactly(int(headers["content-length"]))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
            self.deliveries.put_nowait((headers, body))
        writer.close()


@pytest.fixture
async def post_box() -> AsyncIterator[PostBox]:
    """Where the imitation sends its webhooks."""
    box = PostBox()
    listener = await asyncio.start_server(box.serve, "127.0.0.1", 0)
    box.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/webhook"
    yield box
    listener.close()


@pytest.fixture
async def imitation(case: ModuleType, post_box: PostBox) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway's imitation, served over loopback; a client of its control API."""
    with bound_socket() as sock:
        port = sock.getsockname()[1]
        config = MockConfig(
            port=port,
            public_url=f"http://127.0.0.1:{port}",
            gateways={case.NAME: case.mock(post_box.url)},
        )
        async with served_mock(config, sock), http_client(config.public_url) as control:
            if hasattr(case, "ready"):
                await case.ready(control)
            yield control


@pytest.fixture
def gateway(make_gateway: Callable[..., Gateway], imitation: httpx.AsyncClient) -> Gateway:
    return make_gateway(str(imitation.base_url))


@pytest.fixture
def ref() -> str:
    """A reference that no other test uses."""
    return new_ref()


def new_ref() -> str:
    return gateway_ref(new_id("att", next(_MOMENTS)))


@pytest.fixture
def make_ref() -> Callable[[], str]:
    return new_ref


@pytest.fixture
def make_charge(case: ModuleType, ref: str) -> Callable[..., Charge]:
    """A charge over 1164 rupees by the gateway's simplest method."""

    def make(**given: object) -> Charge:
        usual = {
            "ref": ref,
            "amount": AMOUNT,
            "customer": CUSTOMER,
            "return_url": "https://shop.example/return",
            "description": "Order PO24068",
            "source": case.SOURCE,
        }
        return Charge(**{**usual, **given})

    return make


@pytest.fixture
def key(ref: str) -> ChargeKey:
    return ChargeKey(ref=ref, customer_ref=CUSTOMER.ref, amount=AMOUNT)


class Broken:
    """A server that reads each request whole, counts it, and answers the same bytes."""

    def __init__(self, raw: bytes | None) -> None:
        self._raw = raw
        self.requests = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            _, _, length = head.partition(b"content-length: ")
            await reader.readexactly(int(length.partition(b"\r\n")[0] or 0))
            self.requests += 1
            if self._raw is None:
                await reader.read()
            else:
                writer.write(self._raw)
                await writer.drain()
        writer.close()


@pytest.fixture
async def broken() -> AsyncIterator[Callable]:
    """Starts a server that answers ``raw`` to everything; None is silence."""
    running: list[asyncio.Server] = []

    async def start(raw: bytes | None) -> Broken:
        server = Broken(raw)
        running.append(await asyncio.start_server(server.serve, "127.0.0.1", 0))
        server.url = f"http://127.0.0.1:{running[-1].sockets[0].getsockname()[1]}"
        return server

    yield start
    for listener in running:
        listener.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens: bound, so that nobody can."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
