"""The door for clients that only know the gateways' real hosts."""

import asyncio
import ssl

import httpx
import pytest

from payment_engine.mock.discovery import gateway_hosts
from payment_engine.mock.door import open_door

HOSTS = gateway_hosts()


@pytest.fixture
async def door(mock, tmp_path):
    async with open_door(mock.client.base_url.port, tmp_path) as door:
        yield door


def through(door):
    trusted = ssl.create_default_context(cafile=door.authority)
    return httpx.AsyncClient(proxy=door.environment["HTTPS_PROXY"], verify=trusted)


@pytest.mark.parametrize("host", [host for host, name in HOSTS.items() if name == "juspay"])
async def test_a_real_host_leads_to_its_imitation(door, host):
    async with through(door) as client:
        answer = await client.get(f"https://{host}/orders/none")
    assert answer.json()["error_code"] == "access_denied"


async def test_every_real_host_has_a_certificate(door):
    async with through(door) as client:
        for host in HOSTS:
            assert (await client.get(f"https://{host}/")).http_version == "HTTP/1.1"


async def test_no_other_host_is_let_through(door):
    async with through(door) as client:
        with pytest.raises(httpx.ProxyError):
            await client.get("https://shop.example/")


async def test_what_is_no_proxy_request_is_sent_away(door):
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 403")
    writer.close()


async def test_a_client_that_does_not_trust_the_authority_stays_out(door):
    async with httpx.AsyncClient(proxy=door.environment["HTTPS_PROXY"]) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("https://sandbox.juspay.in/")


async def test_a_mock_that_is_gone_ends_the_conversation(tmp_path):
    async with open_door(1, tmp_path) as door, through(door) as client:
        with pytest.raises(httpx.TransportError):
            await client.get("https://sandbox.juspay.in/")
