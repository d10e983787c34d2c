"""Gateways are found by themselves and built from settings, or say what is wrong with them."""

import sys

import pytest
from pydantic import SecretStr

from payment_engine.domain.errors import Unsupported
from payment_engine.domain.gateway import ChargeKey
from payment_engine.domain.wire import WireBounds
from payment_engine.gateways import (
    ENTRY_POINTS,
    BadGatewayConfig,
    build_gateways,
    find_gateways,
)
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.juspay.adapter import Juspay
from tests.installing import install
from tests.unit.gateways.loopback import CONFIG

WAYS = {"record": lambda exchange: None, "in_transaction": lambda: False}


class Plain(Gateway):
    name = "plain"
    methods = frozenset()
    Config = Juspay.Config
    charge = fetch_charge = refund = fetch_refund = read_webhook = None


def test_every_gateway_is_found_under_its_name():
    assert find_gateways()["juspay"] is Juspay
    assert all(found.name == name for name, found in find_gateways().items())


OUTSIDE = """from tests.unit.gateways.test_finder import Plain

class Acme(Plain):
    name = "{name}"
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs a package that brings a gateway of this name."""

    def install_gateway(name):
        (tmp_path / "acme_gateway.py").write_text(OUTSIDE.format(name=name))
        install(tmp_path, "acme", {ENTRY_POINTS: "acme_gateway:Acme"})
        monkeypatch.syspath_prepend(tmp_path)
        find_gateways.cache_clear()

    yield install_gateway
    find_gateways.cache_clear()
    sys.modules.pop("acme_gateway", None)


async def test_an_installed_package_brings_a_gateway(installed):
    installed("acme")

    assert build_gateways({"acme": CONFIG}, **WAYS)["acme"].name == "acme"
    assert find_gateways()["juspay"] is Juspay


def test_an_installed_package_replaces_no_gateway_of_ours(installed):
    installed("juspay")

    with pytest.raises(ValueError, match="two gateways are called juspay"):
        find_gateways()


async def test_only_configured_gateways_are_built():
    built = build_gateways({"juspay": CONFIG}, **WAYS)

    assert isinstance(built["juspay"], Juspay)
    assert built["juspay"].wire.gateway == "juspay"
    assert build_gateways({}, **WAYS) == {}


@pytest.mark.parametrize(("most", "in_flight"), [(None, 1), (2, 2)])
async def test_as_many_calls_as_the_process_says_are_in_flight_unless_the_bounds_do(
    most, in_flight
):
    bounds = {"juspay": WireBounds(max_in_flight=most, max_waiting=0)}
    wire = build_gateways({"juspay": CONFIG}, **WAYS, bounds=bounds, at_once=1)["juspay"].wire

    assert wire.most_in_flight == in_flight
    async with wire._slots.one():
        assert wire.full is (in_flight == 1)


def test_a_bad_setting_is_told_by_its_name_one_a_line():
    config = {**CONFIG, "api_key": "", "colour": "s3cret"}
    del config["merchant_id"]

    with pytest.raises(BadGatewayConfig) as fault:
        build_gateways({"juspay": config, "paypal": {}}, **WAYS)

    lines = str(fault.value).splitlines()
    assert "PE_GATEWAYS__JUSPAY__MERCHANT_ID: Field required" in lines
    assert any(line.startswith("PE_GATEWAYS__JUSPAY__API_KEY: ") for line in lines)
    assert any(line.startswith("PE_GATEWAYS__JUSPAY__COLOUR: ") for line in lines)
    assert any(line.startswith("PE_GATEWAYS__PAYPAL: no such gateway") for line in lines)
    assert "s3cret" not in str(fault.value)


def test_a_verb_is_supported_where_it_is_overridden():
    assert Juspay.supports("void")
    assert not Plain.supports("void")


KEY = ChargeKey(ref="r", customer_ref="c", amount=100)
SECRET = SecretStr("s")
OPTIONAL = {
    "capture": [KEY, 100],
    "void": [KEY],
    "saved_card": [KEY],
    "list_cards": ["c"],
    "delete_card": ["c", SECRET],
    "card_facts": ["411111"],
    "verify_vpa": [SECRET, "c"],
    "link_start": [None],
    "link_finish": [SECRET, SECRET],
    "link_renew": [SECRET],
    "balance": [SECRET],
}


@pytest.mark.parametrize("verb", OPTIONAL)
async def test_a_verb_that_a_gateway_lacks_says_so(verb):
    plain = Plain(Juspay.Config.model_validate(CONFIG), None)

    with pytest.raises(Unsupported):
        await getattr(plain, verb)(*OPTIONAL[verb])

    assert not plain.supports(verb)


async def test_a_gateway_may_say_nothing_of_returns_and_card_entry():
    plain = Plain(Juspay.Config.model_validate(CONFIG), None)

    assert plain.read_return({"order_id": "r"}) is None
    assert plain.card_entry() is None


async def test_a_gateway_names_the_merchant_its_answers_must_name():
    assert build_gateways({"juspay": CONFIG}, **WAYS)["juspay"].merchant_id == CONFIG["merchant_id"]
