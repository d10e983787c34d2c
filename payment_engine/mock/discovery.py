"""Finds the imitations of gateways by itself: subpackages of the mock, and entry points."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

from sanic import Blueprint, HTTPResponse, Request

from payment_engine import mock
from payment_engine.mock.config import AccountConfig
from payment_engine.mock.imitation import ImitatedAccount
from payment_engine.mock.settlement.layout import SettlementLayout
from payment_engine.mock.world import World

ENTRY_POINTS = "payment_engine.mock"
"""The group in which an installed package names its `Imitation`."""
ConfigT = TypeVar("ConfigT", bound=AccountConfig)


@dataclass(frozen=True, kw_only=True)
class Imitation(Generic[ConfigT]):
    """How one gateway is imitated. A subpackage of the mock hands it out as ``IMITATION``."""

    name: str
    """As in paths and settings, in lower case: ``juspay``."""
    config: type[ConfigT]
    """The configuration of an imitated account, a frozen dataclass."""
    open_account: Callable[[World, ConfigT], ImitatedAccount]
    """Makes an account without orders."""
    routes: Callable[[], list[Blueprint]]
    """Makes the blueprints of the API below ``/<name>`` and of the customer's pages."""
    settlement: SettlementLayout
    test_account: Mapping[str, str]
    """The account to imitate unless another one is configured: settings of the service's adapter.
    They are printed at start, so they must be of no use anywhere else.
    """
    service_settings: Mapping[str, str] = field(default_factory=lambda: {"base_url": "{url}"})
    """The other settings that the service's adapter needs; ``{url}`` is the imitation's address."""
    config_names: Mapping[str, str] = field(default_factory=dict)
    """The fields of ``config`` that take the value of a setting of the service, by that setting,
    beside those of ``test_account``; ``webhook_url`` stands for where webhooks go. No other setting
    is taken over, whatever its name.
    """
    hosts: frozenset[str] = frozenset()
    """The gateway's real hosts, for clients that have them built in."""
    not_found: Callable[[Request], HTTPResponse] | None = None
    """How the gateway answers a path that it does not serve; JSON with an ``error`` otherwise."""

    def configure(self, settings: Mapping[str, str], webhook_url: str | None) -> ConfigT:
        """The account of a service with these settings of its adapter."""
        given = {**settings, **({"webhook_url": webhook_url} if webhook_url else {})}
        names = {name: name for name in (*self.test_account, "webhook_url")} | {**self.config_names}
        return self.config(**{names[name]: given[name] for name in names.keys() & given.keys()})

    def has_test_account(self, config: AccountConfig) -> bool:
        """Whether a configuration is that of the public test account."""
        return all(
            getattr(config, self.config_names.get(name, name)) == value
            for name, value in self.test_account.items()
        )


@cache
def find_imitations() -> Mapping[str, Imitation[Any]]:
    """Every imitation by the name of its gateway; raises ValueError where two share one."""
    found: dict[str, Imitation[Any]] = {}
    for imitation in (*_subpackages(), *_installed()):
        if imitation.name in found:
            raise ValueError(f"two imitations are called {imitation.name}")
        found[imitation.name] = imitation
    return dict(sorted(found.items()))


def gateway_hosts() -> Mapping[str, str]:
    """The gateway that each real host belongs to."""
    return {host: name for name, each in find_imitations().items() for host in sorted(each.hosts)}


def _subpackages() -> Iterator[Imitation[Any]]:
    for found in pkgutil.iter_modules(mock.__path__):
        if found.ispkg:
            module = importlib.import_module(f"{mock.__name__}.{found.name}")
            if imitation := getattr(module, "IMITATION", None):
                yield imitation


def _installed() -> Iterator[Imitation[Any]]:
    for found in entry_points(group=ENTRY_POINTS):
        yield found.load()
