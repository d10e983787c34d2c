"""Replaces keys of an imitated account: the old ones are refused from now on."""

from dataclasses import fields, replace
from typing import Any, TypeVar

from payment_engine.mock.config import AccountConfig
from payment_engine.mock.imitation import Impossible

Config = TypeVar("Config", bound=AccountConfig)


def rotated(config: Config, changes: dict[str, Any]) -> Config:
    """The account's configuration with other strings in it. Raises Impossible."""
    current = {each.name: getattr(config, each.name) for each in fields(config)}
    texts = sorted(name for name, value in current.items() if isinstance(value, str | None))
    if not changes or set(changes) - set(texts):
        raise Impossible(f"what can be replaced of this account: {', '.join(texts)}")
    if any(not isinstance(value, str) for value in changes.values()):
        raise Impossible("a key is a string")
    return replace(config, **changes)
