"""The TLS proxy for clients that know only the gateways' real hosts."""

import asyncio
import ssl

import httpx
import pytest

from payment_engine.mock.discovery import gateway_hosts
from payment_engine.mock.tls_proxy import open_tls_proxy

HOSTS = gateway_hosts()


@pytest.fixture
async def proxy(mock, tmp_path):
    async with open_tls_proxy(mock.client.base_url.port, tmp_path) as proxy:
        yield proxy


def client_of(proxy):
    trusted = ssl.create_default_context(cafile=proxy.authority)
    return httpx.AsyncClient(proxy=proxy.environment["HTTPS_PROXY"], verify=trusted)


@pytest.mark.parametrize("host", [host for host, name in HOSTS.items() if name == "juspay"])
async def test_a_real_host_leads_to_its_imitation(proxy, host):
    async with client_of(proxy) as client:
        answer = await client.get(f"https://{host}/orders/none")
    assert answer.json()["error_code"] == "access_denied"


@pytest.mark.parametrize(
    "host", ["smartgateway.hdfcbank.com", "smartgatewayuat.hdfcbank.com", "api-ns1.juspay.in"]
)
def test_juspays_banks_and_fixed_addresses_are_real_hosts_too(host):
    assert HOSTS[host] == "juspay"


async def test_every_real_host_has_a_certificate(proxy):
    async with client_of(proxy) as client:
        for host in HOSTS:
            assert (await client.get(f"https://{host}/")).http_version == "HTTP/1.1"


async def test_no_other_host_is_connected(proxy):
    async with client_of(proxy) as client:
        with pytest.raises(httpx.ProxyError):
            await client.get("https://shop.example/")


async def test_anything_but_connect_is_refused(proxy):
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 403")
    writer.close()


async def test_a_client_that_does_not_trust_the_authority_refuses_to_connect(proxy):
    async with httpx.AsyncClient(proxy=proxy.environment["HTTPS_PROXY"]) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("https://sandbox.juspay.in/")


async def test_a_mock_that_has_stopped_closes_the_connection(tmp_path):
    async with open_tls_proxy(1, tmp_path) as proxy, client_of(proxy) as client:
        with pytest.raises(httpx.TransportError):
            await client.get("https://sandbox.juspay.in/")
