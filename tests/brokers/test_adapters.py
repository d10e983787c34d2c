"""What each kind of broker does with a message, and how it fails."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
import trustme
from nats.js.api import StorageType
from redis.asyncio import Redis

from payment_engine.brokers import build_broker
from payment_engine.brokers.base import (
    Broker,
    BrokerAway,
    BrokerMessage,
    MessageRefused,
    MissingExtra,
)
from payment_engine.demo.ports import free_port
from tests.brokers.servers import KINDS, Nats, RedisServer, Server

HEADERS = {"webhook-id": "msg_1", "webhook-signature": "v1,AA== v1,BB=="}


def message(body: bytes = b"{}") -> BrokerMessage:
    return BrokerMessage(
        id="msg_1", merchant_id="mer_1", type="payment.paid", headers=HEADERS, body=body
    )


@pytest.fixture
async def broker(server: Server) -> AsyncIterator[Broker]:
    made = build_broker(server.url)
    yield made
    await made.close()


async def test_a_message_is_stored_when_publishing_returns(server: Server, broker: Broker) -> None:
    await broker.publish(message(b'{"note": "caf\xc3\xa9"}'))
    [stored] = await server.received("mer_1")
    assert stored.body == b'{"note": "caf\xc3\xa9"}'
    assert HEADERS.items() <= stored.headers.items()


async def test_a_broker_that_is_back_is_used_again(server: Server, broker: Broker) -> None:
    await broker.check()
    await server.kill()
    for _ in range(2):
        with pytest.raises(BrokerAway):
            await broker.check()
    with pytest.raises(BrokerAway):
        await broker.publish(message())
    await server.start()
    await broker.publish(message())
    assert len(await server.received("mer_1")) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_who_listens_is_a_broker_that_is_away(kind: str) -> None:
    broker = build_broker(f"{kind}://127.0.0.1:{free_port()}")
    with pytest.raises(BrokerAway, match="Connection"):
        await broker.publish(message())
    await broker.close()


@pytest.mark.parametrize("server", ["nats"], indirect=True)
async def test_a_stream_that_is_missing_is_named(server: Nats, broker: Broker) -> None:
    client = await nats.connect(server.url)
    await client.jetstream().delete_stream("payments")
    for use in (broker.check, broker.advice, lambda: broker.publish(message())):
        with pytest.raises(BrokerAway, match=r"no stream takes payments\.>"):
            await use()
    await client.jetstream().add_stream(
        name="payments", subjects=["payments.>"], storage=StorageType.MEMORY
    )
    await client.close()
    assert await broker.advice() == "give the stream payments file storage: it is in memory"


@pytest.mark.parametrize("server", ["nats"], indirect=True)
async def test_a_message_that_is_too_large_is_refused_and_others_are_taken(
    server: Nats, broker: Broker
) -> None:
    with pytest.raises(MessageRefused):
        await broker.publish(message(b"0" * 2_000_000))
    await broker.publish(message())
    assert await broker.advice() is None


@pytest.mark.parametrize("server", ["redis"], indirect=True)
async def test_a_redis_that_loses_what_it_acknowledged_is_named(
    server: RedisServer, broker: Broker
) -> None:
    assert await broker.advice() is None
    async with Redis.from_url(server.url) as client:
        await client.config_set("appendonly", "no")
    assert str(await broker.advice()).startswith("set appendonly yes")


@pytest.mark.parametrize("kind", KINDS)
def test_without_its_package_a_broker_is_one_line(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, {"redis": "redis.asyncio"}.get(kind, kind), None)
    for name in ("jetstream", "redis_streams"):
        monkeypatch.delitem(sys.modules, f"payment_engine.brokers.{name}", raising=False)
    with pytest.raises(MissingExtra, match=rf"install payment-engine\[{kind}\]"):
        build_broker(f"{kind}://127.0.0.1")


class NatsByTls(Nats):
    """With a certificate of an authority of its own."""

    def options(self) -> list[str]:
        files = (self.folder / "key.pem", self.folder / "cert.pem")
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.folder / "ca.pem")
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(files[0])
        issued.cert_chain_pems[0].write_to_path(files[1])
        options = [*super().options(), "--tls", "--tlskey", str(files[0])]
        return [*options, "--tlscert", str(files[1])]


async def test_a_server_is_verified_by_the_authority_that_its_address_names(
    tmp_path: Path,
) -> None:
    server = NatsByTls(tmp_path)
    await server.start()
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    client = await nats.connect(f"tls://127.0.0.1:{server.port}", tls=context)
    await client.jetstream().add_stream(name="payments", subjects=["payments.>"])
    await client.close()
    trusting, other = (
        build_broker(f"tls://127.0.0.1:{server.port}{query}")
        for query in (f"?tls_ca={tmp_path / 'ca.pem'}", "")
    )
    await trusting.publish(message())
    with pytest.raises(BrokerAway):
        await other.publish(message())
    await asyncio.gather(trusting.close(), other.close())
    await server.kill()
