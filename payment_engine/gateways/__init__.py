"""Finds the gateways by itself: subpackages whose ``adapter`` defines one, and entry points."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from pydantic import ValidationError

from payment_engine.domain.wire import CALLS_AT_ONCE, Exchange, WireBounds
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire

ENTRY_POINTS = "payment_engine.gateways"
"""The group in which an installed package names its `Gateway` class."""


class BadGatewayConfig(ValueError):
    """The settings of the gateways are wrong; the message has one line per setting."""


@cache
def find_gateways() -> Mapping[str, type[Gateway]]:
    """Every gateway by its name; raises ValueError where two share one."""
    found: dict[str, type[Gateway]] = {}
    for gateway in (*_subpackages(), *_installed()):
        if gateway.name in found:
            raise ValueError(f"two gateways are called {gateway.name}")
        found[gateway.name] = gateway
    return found


def build_gateways(
    configs: Mapping[str, Mapping[str, str]],
    *,
    record: Callable[[Exchange], None],
    in_transaction: Callable[[], bool],
    alive: Callable[[], bool] = lambda: True,
    bounds: Mapping[str, WireBounds] | None = None,
    at_once: int = CALLS_AT_ONCE,
) -> dict[str, Gateway]:
    """The configured gateways by name; raises BadGatewayConfig.

    Each has a wire of its own: a slow gateway takes no connections, slots or time of another.
    ``at_once``: how many calls are in flight to one whose bounds do not say.
    """
    check_configs(configs)
    known, bounds = find_gateways(), bounds or {}
    return {
        name: known[name](
            known[name].Config.model_validate(dict(config)),
            Wire(
                name,
                record=record,
                in_transaction=in_transaction,
                alive=alive,
                **{"max_in_flight": at_once, **_named(bounds.get(name, WireBounds()))},
            ),
        )
        for name, config in configs.items()
    }


def _named(bounds: WireBounds) -> dict[str, Any]:
    """The bounds that are set, by name."""
    return bounds.model_dump(exclude_none=True)


def check_configs(configs: Mapping[str, Mapping[str, str]]) -> None:
    """Raises BadGatewayConfig, with a line for each setting of a gateway that does not fit."""
    known = find_gateways() if configs else {}
    faults = [line for name in configs for line in _faults(name, configs[name], known)]
    if faults:
        raise BadGatewayConfig("\n".join(faults))


def _subpackages() -> Iterator[type[Gateway]]:
    for found in pkgutil.iter_modules(__path__):
        if found.ispkg:
            module = importlib.import_module(f"{__name__}.{found.name}.adapter")
            yield from (
                value
                for value in vars(module).values()
                if isinstance(value, type) and issubclass(value, Gateway)
                if value.__module__ == module.__name__
            )


def _installed() -> Iterator[type[Gateway]]:
    for found in entry_points(group=ENTRY_POINTS):
        yield found.load()


def _faults(name: str, config: Mapping[str, str], known: Mapping[str, type[Gateway]]) -> list[str]:
    setting = f"PE_GATEWAYS__{name.upper()}"
    if name not in known:
        return [f"{setting}: no such gateway; there are {', '.join(sorted(known))}"]
    try:
        known[name].Config.model_validate(dict(config))
    except ValidationError as error:
        return [
            f"{'__'.join([setting, *(str(part).upper() for part in fault['loc'])])}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
    return []
