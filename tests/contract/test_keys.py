"""The keys of each gateway's settings sign and verify a sample."""

import pytest

from payment_engine.gateways import find_gateways
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire


def gateway_of(name, config) -> Gateway:
    found = find_gateways()[name]
    return found(found.Config.model_validate(config), Wire(name, record=lambda _: None))


def test_the_keys_of_a_gateway_sign_and_verify_a_sample(case):
    assert gateway_of(case.NAME, case.config("http://127.0.0.1:1")).check_keys() is None


def test_a_juspay_user_name_that_cannot_be_sent_is_noticed():
    case = pytest.importorskip("tests.contract.juspay")
    config = {**case.config("http://127.0.0.1:1"), "webhook_username": "shop:hook"}
    assert "colon" in (gateway_of("juspay", config).check_keys() or "")


def test_a_gateway_that_checks_no_keys_finds_nothing_wrong():
    case = pytest.importorskip("tests.contract.juspay")
    gateway = gateway_of("juspay", case.config("http://127.0.0.1:1"))
    assert Gateway.check_keys(gateway) is None
