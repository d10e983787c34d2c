"""An imitation from outside the mock is in every page, file and command without an edit."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from payment_engine import mock
from payment_engine.mock.app import create_app
from payment_engine.mock.cli import announcement, config_for
from payment_engine.mock.discovery import ENTRY_POINTS, find_imitations
from tests.installing import install
from tests.serving import http_client, served

CONFIG = {"service_url": "http://service.example", "seed": 1}
ENTRY_POINT = {ENTRY_POINTS: "tests.mock.outside_gateway:IMITATION"}
KEY = {"authorization": "Bearer acme-test-key"}


@pytest.fixture(params=["entry point", "subpackage"])
def acme(request, tmp_path, monkeypatch):
    """The imitation is found in one of the two ways."""
    if request.param == "entry point":
        install(tmp_path, "acme", ENTRY_POINT)
        monkeypatch.syspath_prepend(tmp_path)
    else:
        (tmp_path / "acme").mkdir()
        (tmp_path / "acme" / "__init__.py").write_text(
            "from tests.mock.outside_gateway import IMITATION\n"
        )
        monkeypatch.setattr(mock, "__path__", [*mock.__path__, str(tmp_path)])
    find_imitations.cache_clear()
    yield find_imitations()["acme"]
    find_imitations.cache_clear()
    sys.modules.pop("payment_engine.mock.acme", None)


@pytest.fixture
async def web(acme):
    """A mock with every imitation there is, and one paid order at this one."""
    app = create_app(config_for({}, **CONFIG))
    async with served(app) as url, http_client(url) as web:
        clock = {"freeze": True, "set": "2031-06-02T10:00:00+05:30"}
        await web.post("/control/clock", json=clock)
        order = {"order_id": "A1", "amount": 10000}
        assert (await web.post("/acme/charges", json=order, headers=KEY)).status_code == 200
        assert (await web.post("/control/orders/A1/approve", json={})).status_code == 200
        yield web


async def test_the_control_page_shows_it(web):
    page = (await web.get("/control", headers={"accept": "text/html"})).text
    overview = (await web.get("/control")).json()
    assert "/control/settlements/acme" in page
    assert overview["remembered"]["orders"]["acme"] == 1
    assert "acme" in (await web.get("/")).text


async def test_its_money_is_in_the_ledger(web):
    ledger = (await web.get("/control/ledger?gateway=acme")).json()
    assert (ledger["charged"], ledger["gateways"]["acme"]["A1"]["charged"]) == (10000, 10000)


async def test_its_settlement_file_has_its_own_columns_and_can_be_wrong(web):
    path = "/control/settlements/acme"
    right = await web.get(path)
    broken = {"breaks": [{"kind": "amount_differs", "order_id": "A1", "paise": 500}]}
    assert (await web.post(path, json=broken)).status_code == 201
    wrong = await web.get(path)
    assert right.text == "Merchant,Order,Net\r\nacmetest,A1,97.76\r\n"
    assert wrong.text == "Merchant,Order,Net\r\nacmetest,A1,102.76\r\n"
    assert "NEFT CR-" in (await web.get("/control/bank")).text


async def test_its_keys_are_rotated_and_it_is_called_by_its_real_host(web):
    rotated = await web.post("/control/keys", json={"gateway": "acme", "key": "new"})
    order = {"order_id": "A2", "amount": 1}
    headers = {"authorization": "Bearer new", "host": "api.acme.example"}
    assert rotated.status_code == 200
    assert (await web.post("/charges", json=order, headers=headers)).status_code == 200
    assert (await web.post("/charges", json=order, headers={**headers, **KEY})).status_code == 401


async def test_its_answers_follow_scripts(web):
    behaviour = {"kind": "wrong_amount", "amount": 5}
    await web.post("/control/scripts", json={"behaviour": behaviour})
    order = {"order_id": "A2", "amount": 1}
    answer = await web.post("/acme/charges", json=order, headers=KEY)
    assert answer.json()["amount"] == 5
    assert (await web.get("/control/requests?order_id=A2")).json()["requests"]


async def test_it_survives_a_reset_without_its_orders(web):
    await web.post("/control/reset", json={})
    assert (await web.get("/control/orders?gateway=acme")).json() == {"orders": []}


def test_it_is_announced_and_its_service_hears_of_outcomes(acme):
    ours = {"acme": {"merchant_id": "m1", "key": "k1", "base_url": "http://x"}}
    config = config_for(ours, **CONFIG)
    assert config.gateways["acme"].webhook_url == "http://service.example/v1/acme/webhook"
    lines = [*announcement(config_for({}, **CONFIG), 1)]
    assert "acme       http://127.0.0.1:8090/acme  merchant acmetest  key acme-test-key" in lines


async def test_the_command_line_finds_what_is_installed(tmp_path):
    install(tmp_path, "acme", ENTRY_POINT)
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "payment_engine", "mock", "--environment"),
        env={"PATH": os.defpath, "PYTHONPATH": path, "PE_MOCK_PORT": "8091"},
        stdout=asyncio.subprocess.PIPE,
    )
    printed = (await process.communicate())[0].decode().splitlines()
    assert "PE_GATEWAYS__ACME__BASE_URL=http://127.0.0.1:8091/acme" in printed
    assert "PE_GATEWAYS__ACME__KEY=acme-test-key" in printed


def test_two_imitations_of_one_name_are_refused(tmp_path, monkeypatch):
    for folder in ("acme", "acme_again"):
        (tmp_path / folder).mkdir()
        source = "from tests.mock.outside_gateway import IMITATION\n"
        (tmp_path / folder / "__init__.py").write_text(source)
    monkeypatch.setattr(mock, "__path__", [*mock.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match="two imitations are called acme"):
        find_imitations.__wrapped__()
    for folder in ("acme", "acme_again"):
        sys.modules.pop(f"payment_engine.mock.{folder}", None)
