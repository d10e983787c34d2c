"""The command that starts the mock alone: which accounts it imitates, and what it prints."""

from collections.abc import Iterator, Mapping
from typing import Any

from payment_engine.mock.config import AccountConfig, MockConfig
from payment_engine.mock.discovery import Imitation, find_imitations
from payment_engine.mock.tls_proxy import TlsProxy


def config_for(
    accounts: Mapping[str, Mapping[str, str]],
    *,
    service_url: str,
    webhooks: str | None = None,
    **world: Any,
) -> MockConfig:
    """Imitates all gateways: the given accounts, whose webhooks go to the service at
    ``service_url``, and test accounts for the others, whose webhooks go to ``webhooks`` if given.
    """
    gateways = {
        name: imitation.configure(accounts[name], f"{service_url}/v1/{name}/webhook")
        if name in accounts
        else imitation.configure(imitation.test_account, webhooks)
        for name, imitation in find_imitations().items()
    }
    return MockConfig(gateways=gateways, service_url=service_url, **world)


def service_environment(accounts: Mapping[str, Mapping[str, str]], url: str) -> dict[str, str]:
    """The environment of a service that pays at the test accounts of the mock at ``url``; without
    the gateways at which it already has an account.
    """
    return {
        f"PE_GATEWAYS__{name.upper()}__{setting.upper()}": value.replace("{url}", f"{url}/{name}")
        for name, imitation in find_imitations().items()
        if name not in accounts
        for setting, value in {**imitation.service_settings, **imitation.test_account}.items()
    }


def announcement(config: MockConfig, seed: int, proxy: TlsProxy | None = None) -> Iterator[str]:
    """The lines printed at start: each gateway, the control page, the seed, and what makes clients
    use the proxy. Only the keys of test accounts are printed.
    """
    for name, account in config.gateways.items():
        credentials = _credentials(find_imitations()[name], account)
        yield f"{name:<10} {config.public_url}/{name}  {credentials}"
    yield f"{'control':<10} {config.public_url}/control"
    yield f"{'seed':<10} {seed}"
    if proxy:
        variables = " ".join(f"{name}={value}" for name, value in proxy.environment.items())
        yield f"{'door':<10} {variables}"


def _credentials(imitation: Imitation[Any], account: AccountConfig) -> str:
    if not imitation.has_test_account(account):
        return f"merchant {account.merchant_id}  keys as configured"
    keys = [f"{n} {v}" for n, v in imitation.test_account.items() if n != "merchant_id"]
    return "  ".join([f"merchant {account.merchant_id}", *keys])
