"""Starts the mock alone: whose accounts it imitates, and what it says about itself at first."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from payment_engine.mock.amazonpay.config import AmazonPayConfig
from payment_engine.mock.config import MockConfig
from payment_engine.mock.door import Door
from payment_engine.mock.juspay.config import JuspayConfig
from payment_engine.mock.paytm.config import PaytmConfig

_KINDS: Mapping[str, type[JuspayConfig | PaytmConfig | AmazonPayConfig]] = {
    "juspay": JuspayConfig,
    "paytm": PaytmConfig,
    "amazonpay": AmazonPayConfig,
}
TEST_ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "juspay": {
        "merchant_id": "mockmerchant",
        "api_key": "MOCK0JUSPAY0API0KEY",
        "response_key": "MOCK0JUSPAY0RESPONSE0KEY",
        "webhook_username": "mockhook",
        "webhook_password": "mockhookpassword",
    },
    "paytm": {"merchant_id": "MOCKMERCHANT00000001", "merchant_key": "MockPaytmKey0001"},
    "amazonpay": {
        "merchant_id": "A1MOCKMERCHANT",
        "access_key": "MOCKAMAZONPAYACCESS1",
        "secret_key": "mock-amazonpay-secret-key",
    },
}
"""Imitated where no other account is named; public, and good for nothing but the mock."""
_SAME_AS = {"signing_host": "host"}
_WEBHOOKS = ("webhook_url", "notify_url")
_NOT_SAID = frozenset({"merchant_id"})


def config_for(
    accounts: Mapping[str, Mapping[str, str]],
    *,
    service_url: str,
    webhooks: str | None = None,
    **world: Any,
) -> MockConfig:
    """Imitates all gateways: the accounts named, which belong to the service at ``service_url``,
    and test accounts for the others, which send webhooks to the one URL given, if any.
    """
    gateways: dict[str, Any] = {}
    for name, kind in _KINDS.items():
        hook = f"{service_url}/v1/{name}/webhook" if name in accounts else webhooks
        given = accounts.get(name, TEST_ACCOUNTS[name])
        known: dict[str, Any] = {_SAME_AS.get(each, each): text for each, text in given.items()}
        known |= dict.fromkeys(_WEBHOOKS, hook) if hook else {}
        names = {each.name for each in fields(kind)}
        gateways[name] = kind(**{each: text for each, text in known.items() if each in names})
    return MockConfig(**world, **gateways)


def announcement(config: MockConfig, seed: int, door: Door | None = None) -> Iterator[str]:
    """One line for each gateway, the page, the seed and what makes clients come in by the door;
    only test accounts tell their keys.
    """
    for name in _KINDS:
        if account := getattr(config, name):
            yield f"{name:<10} {config.public_url}/{name}  {_credentials(name, account)}"
    yield f"{'control':<10} {config.public_url}/control"
    yield f"{'seed':<10} {seed}"
    if door:
        told = " ".join(f"{name}={value}" for name, value in door.environment.items())
        yield f"{'door':<10} {told}"


def _credentials(name: str, account: object) -> str:
    test = TEST_ACCOUNTS[name]
    if any(getattr(account, each) != text for each, text in test.items()):
        return f"merchant {getattr(account, 'merchant_id', '')}  keys as configured"
    keys = (f"{each} {text}" for each, text in test.items() if each not in _NOT_SAID)
    return f"merchant {test['merchant_id']}  " + "  ".join(keys)
