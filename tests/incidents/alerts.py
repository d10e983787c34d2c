"""An alert as the person on call gets it: its labels, its link, and its section of the runbook."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

_ROOT = Path(__file__).parents[2]
_SECTION = re.compile(r"^## (\w+)$", re.MULTILINE)
_COMMAND = re.compile(r"\$API/v1/admin/([^\s\"?]+)")


@dataclass(frozen=True)
class Alert:
    """``expression``: what it watches; ``worklist``: the path that its link reads; ``paths``: the
    paths under /v1/admin that its section of the runbook names."""

    name: str
    expression: str
    worklist: str
    paths: frozenset[str]


def alert(name: str, **labels: str) -> Alert:
    """An alert that fires with these labels; its texts have nothing left to fill in."""
    rule = _rules()[name]
    texts = {key: _filled(text, labels) for key, text in rule["annotations"].items()}
    assert not re.search(r"\$labels|\$externalLabels", texts["console"] + texts["runbook"]), texts
    section = _sections()[texts["runbook"].partition("#")[2]]
    return Alert(
        name=name,
        expression=" ".join(_needed(rule["expr"])),
        worklist=f"/v1/admin/{urlsplit(texts['console']).fragment}",
        paths=frozenset(_COMMAND.findall(section)),
    )


def _needed(expression: str) -> list[str]:
    """The expression, and those of the recorded rates that it is about."""
    rates = [rate for name, rate in _rates().items() if name in expression]
    return [expression, *(each for rate in rates for each in _needed(rate))]


def _filled(text: str, labels: dict[str, str]) -> str:
    for label, value in labels.items():
        text = text.replace(f"{{{{ $labels.{label} }}}}", value)
    return re.sub(r"{{ \$externalLabels\.(\w+) }}", r"https://\1.example", text)


def _rules() -> dict[str, Any]:
    return {rule["alert"]: rule for rule in _all() if "alert" in rule}


def _rates() -> dict[str, str]:
    return {rule["record"]: rule["expr"] for rule in _all() if "record" in rule}


@cache
def _all() -> list[dict[str, Any]]:
    groups = yaml.safe_load((_ROOT / "deploy" / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@cache
def _sections() -> dict[str, str]:
    """The runbook's sections by their anchors."""
    _, *parts = _SECTION.split((_ROOT / "docs" / "runbook.md").read_text())
    return {title.lower(): text for title, text in zip(parts[::2], parts[1::2], strict=True)}
