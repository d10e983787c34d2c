"""Reads the settings from the environment: one line for each that does not fit."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from payment_engine import secret_files
from payment_engine.settings import PREFIX, Settings

_LINK = re.compile(r"_SERVICE_(?:HOST|PORT)|_PORT_[0-9]+_TCP")
_LINKS = "Kubernetes' links to a service: set enableServiceLinks: false for the pod"


class BadSettings(Exception):
    """Invalid settings; the message has one line for each of them."""


def load(environ: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """The settings from the environment; raises BadSettings, also for unknown names."""
    links = _service_links(environ)
    try:
        files = secret_files.names_in_files(environ, PREFIX)
    except secret_files.UnreadableSecrets as error:
        raise BadSettings(f"{secret_files.VARIABLE}: {error}") from None
    names = _unknown([*environ, *files])
    lines = [f"{name}: no such setting" for name in names if name not in links]
    if links:
        lines.append(f"{', '.join(links)}: {_LINKS}")
    try:
        settings = Settings(**overrides)
    except SettingsError as error:
        lines.append(_not_json(str(error)))
    except ValidationError as error:
        faults = [
            (f"{PREFIX}{'__'.join(str(part) for part in fault['loc'])}".upper(), fault["msg"])
            for fault in error.errors(include_input=False, include_url=False)
        ]
        lines += [f"{name}: {text}" for name, text in faults if name not in links]
    if lines:
        raise BadSettings("\n".join(lines))
    return settings


def _unknown(names: Iterable[str]) -> list[str]:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    ours = {name for name in names if name.upper().startswith(PREFIX)}
    return sorted(name for name in ours if name.upper().split("__")[0] not in known)


def _service_links(environ: Mapping[str, str]) -> list[str]:
    """Names that Kubernetes sets for a service whose own name begins with ``pe``."""
    return sorted(
        name
        for name, value in environ.items()
        if name.startswith(PREFIX)
        and (_LINK.search(name) or (name.endswith("_PORT") and value.startswith("tcp://")))
    )


def _not_json(text: str) -> str:
    """pydantic-settings stops at the first value that is not JSON and should be."""
    found = re.search('field "([a-z_]+)"', text)
    name = found[1] if found else ""
    default = Settings.model_fields[name].get_default(call_default_factory=True) if name else None
    kind = "list, such as [1, 2]" if isinstance(default, tuple) else "document"
    return f"{PREFIX}{name}: ".upper() + f"must be a JSON {kind}"
