"""Finds the gateways by itself: every folder here is one, and its `adapter` defines a Gateway."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping

from pydantic import ValidationError

from payment_engine.domain.wire import Exchange, WireBounds
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire


class BadGatewayConfig(ValueError):
    """What was set for the gateways does not fit; the message has one line per setting."""


def find_gateways() -> dict[str, type[Gateway]]:
    """Every gateway of this package by its name."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}.adapter")
        for found in pkgutil.iter_modules(__path__)
        if found.ispkg
    ]
    classes = [
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Gateway)
        if thing.__module__ == module.__name__ and thing is not Gateway
    ]
    return {found.name: found for found in classes}


def build_gateways(
    configs: Mapping[str, Mapping[str, str]],
    *,
    record: Callable[[Exchange], None],
    in_transaction: Callable[[], bool],
    bounds: Mapping[str, WireBounds] | None = None,
) -> dict[str, Gateway]:
    """The configured gateways by name, each with a wire of its own; raises BadGatewayConfig.

    A wire shares neither connections nor slots nor time with another's (RTE-3).
    """
    known = find_gateways()
    faults = [line for name in configs for line in _faults(name, configs[name], known)]
    if faults:
        raise BadGatewayConfig("\n".join(faults))
    return {
        name: known[name](
            known[name].Config.model_validate(dict(config)),
            Wire(
                name,
                record=record,
                in_transaction=in_transaction,
                **(bounds or {}).get(name, WireBounds()).model_dump(),
            ),
        )
        for name, config in configs.items()
    }


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
