"""The mock on its own: no database, no settings, and it says what it is."""

import asyncio
import os
import signal
import socket
import sys

import pytest

from payment_engine.mock.cli import announcement, config_for, service_environment
from payment_engine.mock.discovery import find_imitations
from tests.serving import http_client

SERVICE = "http://service.example"
TEST_ACCOUNTS = {name: each.test_account for name, each in find_imitations().items()}
OURS = {"juspay": {"merchant_id": "acme", "api_key": "secret-1", "base_url": "http://x"}}


@pytest.fixture
def port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


async def test_it_runs_alone_says_so_and_stops_when_told(port, tmp_path):
    command = ["-m", "payment_engine", "mock", "--port", str(port), "--seed", "5"]
    command += ["--door", str(tmp_path)]
    environ = {"PATH": os.defpath, "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=environ, stdout=asyncio.subprocess.PIPE
    )
    printed = [(await asyncio.wait_for(process.stdout.readline(), 30)).decode() for _ in range(6)]
    account = TEST_ACCOUNTS["juspay"]
    async with http_client(f"http://127.0.0.1:{port}") as web:
        order = await web.post(
            "/juspay/orders", data={"order_id": "a", "amount": "1"}, auth=(account["api_key"], "")
        )
        seed = (await web.get("/control")).json()["seed"]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert order.json()["merchant_id"] == account["merchant_id"]
    assert [line.split()[0] for line in printed] == [*TEST_ACCOUNTS, "control", "seed", "door"]
    assert all(f"http://127.0.0.1:{port}/" in line for line in printed[:4])
    assert (printed[4].split()[1], seed) == ("5", 5)
    assert "HTTPS_PROXY=http://127.0.0.1:" in printed[5]
    assert (tmp_path / "authority.pem").exists()


async def test_it_says_the_address_that_its_settings_give_it(port):
    environ = {"PATH": os.defpath, "PYTHONUNBUFFERED": "1", "PE_MOCK_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "payment_engine", "mock", env=environ, stdout=asyncio.subprocess.PIPE
    )
    printed = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    process.kill()
    await process.wait()
    assert f"http://127.0.0.1:{port}/amazonpay" in printed


def test_every_gateway_has_a_test_account_that_says_its_keys():
    config = config_for({}, service_url=SERVICE)
    printed = "\n".join(announcement(config, 1))
    assert all(text in printed for account in TEST_ACCOUNTS.values() for text in account.values())
    assert config.gateways["juspay"].webhook_url is None


def test_configured_accounts_are_used_and_their_keys_not_said():
    config = config_for(OURS, service_url=SERVICE, webhooks="http://hook.example/")
    printed = "\n".join(announcement(config, 1))
    juspay, paytm, amazonpay = (config.gateways[n] for n in ("juspay", "paytm", "amazonpay"))
    assert (juspay.api_key, juspay.merchant_id) == ("secret-1", "acme")
    assert juspay.webhook_url == f"{SERVICE}/v1/juspay/webhook"
    assert amazonpay.notify_url == paytm.webhook_url == "http://hook.example/"
    assert "secret-1" not in printed
    assert "acme" in printed


def test_amazons_signing_host_is_the_host_it_is_called_by():
    account = {**TEST_ACCOUNTS["amazonpay"], "signing_host": "amazonpay.amazon.in"}
    config = config_for({"amazonpay": account}, service_url=SERVICE)
    assert config.gateways["amazonpay"].host == "amazonpay.amazon.in"


async def test_it_prints_the_environment_of_a_service_that_has_no_account_yet(port):
    url = f"http://127.0.0.1:{port}"
    environ = {"PATH": os.defpath, "PE_MOCK_PORT": str(port)}
    environ["PE_GATEWAYS__PAYTM__MERCHANT_ID"] = "theirs"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "payment_engine", "mock", "--environment"),
        env=environ,
        stdout=asyncio.subprocess.PIPE,
    )
    printed = (await process.communicate())[0].decode().splitlines()
    assert printed == [f"{n}={v}" for n, v in service_environment({"paytm": {}}, url).items()]
    assert f"PE_GATEWAYS__AMAZONPAY__CONSENT_URL={url}/amazonpay/ap/oa" in printed
    assert not any("PAYTM" in line for line in printed)
