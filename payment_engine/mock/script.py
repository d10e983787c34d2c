"""Scripted outcomes: one table of what can be asked for, and one place that looks them up."""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class Stage(StrEnum):
    """Where a behaviour takes hold."""

    PAYMENT = "payment"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    ANSWER = "answer"
    WEBHOOK = "webhook"


KINDS: dict[str, Stage] = {
    "approve": Stage.PAYMENT,
    "decline": Stage.PAYMENT,
    "hold": Stage.PAYMENT,
    "late_success": Stage.PAYMENT,
    "capture_failure": Stage.CAPTURE,
    "void_failure": Stage.VOID,
    "refund_hold": Stage.REFUND,
    "refund_failure": Stage.REFUND,
    "refund_manual_review": Stage.REFUND,
    "http_status": Stage.ANSWER,
    "hang": Stage.ANSWER,
    "reset": Stage.ANSWER,
    "garbage": Stage.ANSWER,
    "truncate": Stage.ANSWER,
    "status": Stage.ANSWER,
    "wrong_amount": Stage.ANSWER,
    "strings": Stage.ANSWER,
    "drop_webhook": Stage.WEBHOOK,
    "duplicate_webhook": Stage.WEBHOOK,
    "delay_webhook": Stage.WEBHOOK,
}
DISTORTIONS = frozenset({"status", "wrong_amount", "strings"})
"""Change what is said; they change webhooks instead of answers where an event is named."""
_MATCHED_BY = frozenset({"gateway", "path", "method", "order_id", "event", "instrument", "bank"})


class BadScript(Exception):
    """A script that no behaviour can follow; the message says why."""


@dataclass
class Scripted:
    """A behaviour, what it waits for, and how often it will still take hold."""

    stage: Stage
    match: dict[str, str]
    behaviour: dict[str, Any]
    times: int = 1

    @property
    def kind(self) -> str:
        """The behaviour's name in the table."""
        return str(self.behaviour["kind"])

    def fits(self, seen: dict[str, str | None]) -> bool:
        """Whether all that was asked for was seen, as far as this stage sees it."""
        return all(
            _fits(name, wanted.casefold(), (seen[name] or "").casefold())
            for name, wanted in self.match.items()
            if name in seen
        )


class Script:
    """The queue of scripted behaviours, first come first served."""

    def __init__(self) -> None:
        self.waiting: list[Scripted] = []

    def add(self, script: Any) -> Scripted:
        """Queue ``{"match", "times", "behaviour"}``. Raises BadScript."""
        scripted = _read(script)
        self.waiting.append(scripted)
        return scripted

    def take(self, stage: Stage, **seen: str | None) -> Scripted | None:
        """The next behaviour for what was seen at ``stage``, used up once by this."""
        for scripted in self.waiting:
            if scripted.stage is stage and scripted.fits(seen):
                scripted.times -= 1
                if not scripted.times:
                    self.waiting.remove(scripted)
                return scripted
        return None


def _fits(name: str, wanted: str, text: str) -> bool:
    """``*`` stands for any text; a path may leave out the gateway it begins with."""
    inner = "/" + text.lstrip("/").partition("/")[2]
    return fnmatchcase(text, wanted) or (name == "path" and fnmatchcase(inner, wanted))


def _read(script: Any) -> Scripted:
    if not isinstance(script, dict) or not isinstance(script.get("behaviour"), dict):
        raise BadScript("a script is an object with match, times and behaviour")
    behaviour, times = script["behaviour"], script.get("times", 1)
    kind = behaviour.get("kind")
    if kind not in KINDS:
        raise BadScript(f"behaviour.kind is one of {', '.join(KINDS)}")
    if type(times) is not int or times < 1:
        raise BadScript("times is a whole number from 1")
    match = _read_match(script.get("match") or {})
    webhook = kind in DISTORTIONS and "event" in match
    return Scripted(Stage.WEBHOOK if webhook else KINDS[kind], match, behaviour, times)


def _read_match(match: Any) -> dict[str, str]:
    if not isinstance(match, dict) or set(match) - _MATCHED_BY:
        raise BadScript(f"match has {', '.join(sorted(_MATCHED_BY))}")
    return {name: str(wanted) for name, wanted in match.items() if wanted is not None}
