"""Scripted behaviours: what is to happen, to which requests, how often and how likely."""

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from payment_engine.mock.kinds import DISTORTIONS, KINDS, MATCHED_BY, Stage
from payment_engine.mock.seeded_random import SeededRandom

__all__ = ["DISTORTIONS", "KINDS", "BadScript", "Script", "Scripted", "Stage"]
ALWAYS = "always"


class BadScript(Exception):
    """A script that makes no sense; the message says why."""


@dataclass
class Scripted:
    """A behaviour, what it is matched by, and how often it will still happen."""

    stage: Stage
    match: dict[str, str]
    behaviour: dict[str, Any]
    times: int | None = 1
    """None: until the script is dropped."""
    probability: float = 1.0
    id: str = ""
    taken: int = field(default=0, compare=False)

    @property
    def kind(self) -> str:
        """The behaviour's name in the table."""
        return str(self.behaviour["kind"])

    def matches(self, facts: dict[str, str | None]) -> bool:
        """Whether the facts have all that the script is matched by."""
        return all(
            _matches(name, pattern.casefold(), (facts.get(name) or "").casefold())
            for name, pattern in self.match.items()
        )


class Script:
    """The queue of scripted behaviours, oldest first; those without a number of times come last."""

    def __init__(self, random: SeededRandom, limit: int) -> None:
        self._random = random
        self._limit = limit
        self._number = 0
        self.waiting: list[Scripted] = []

    def add(self, script: Any) -> Scripted:
        """Queue ``{"match", "times", "probability", "behaviour"}``. Raises BadScript."""
        scripted = _read(script)
        if len(self.waiting) >= self._limit:
            raise BadScript(f"{self._limit} scripts wait already; drop some")
        self._number += 1
        scripted.id = f"s{self._number}"
        if scripted.stage is not Stage.CONNECTION:
            self.waiting.append(scripted)
        return scripted

    def drop(self, script_id: str) -> bool:
        """Remove a script; False if there is none of that id."""
        before = len(self.waiting)
        self.waiting = [each for each in self.waiting if each.id != script_id]
        return len(self.waiting) < before

    def take(self, stage: Stage, **facts: str | None) -> Scripted | None:
        """The next behaviour that the facts match at ``stage``; uses up one of its times."""
        if not self.waiting:
            return None
        for scripted in sorted(self.waiting, key=lambda each: each.times is None):
            if (
                scripted.stage is stage
                and scripted.matches(facts)
                and self._happens(scripted, facts)
            ):
                self._use(scripted)
                return _resolved(scripted)
        return None

    def _happens(self, scripted: Scripted, facts: dict[str, str | None]) -> bool:
        """Drawn by its probability from the seed, the order or path, and how often it was drawn."""
        if scripted.probability >= 1:
            return True
        about = (scripted.id, facts.get("gateway"), facts.get("path"), facts.get("order_id"))
        return self._random.once("script", *about).random() < scripted.probability

    def _use(self, scripted: Scripted) -> None:
        scripted.taken += 1
        if scripted.times is not None:
            scripted.times -= 1
            if not scripted.times:
                self.waiting.remove(scripted)


def _resolved(scripted: Scripted) -> Scripted:
    """The behaviour as gateways know it: an outage is a decline, or an HTTP error."""
    if scripted.kind != "outage":
        return scripted
    known = {"kind": "http_status", "status": 503, "when": "before"}
    if scripted.stage is Stage.PAYMENT:
        known = {"kind": "decline", "reason": "bank_down"}
    return replace(scripted, behaviour=known | {**scripted.behaviour, "kind": known["kind"]})


def _matches(name: str, pattern: str, text: str) -> bool:
    """``*`` stands for any text; the pattern of a path may leave out the gateway."""
    inner = "/" + text.lstrip("/").partition("/")[2]
    return fnmatchcase(text, pattern) or (name == "path" and fnmatchcase(inner, pattern))


def _read(script: Any) -> Scripted:
    if not isinstance(script, dict) or not isinstance(script.get("behaviour"), dict):
        raise BadScript("a script is an object with match, times, probability and behaviour")
    behaviour = script["behaviour"]
    kind = behaviour.get("kind")
    if kind not in KINDS:
        raise BadScript(f"behaviour.kind is one of {', '.join(KINDS)}")
    _check_numbers(behaviour)
    match = _read_match(script.get("match") or {})
    stage = _stage(kind, match)
    if unknown := set(match) - MATCHED_BY[stage]:
        raise BadScript(f"{kind} cannot be matched by {', '.join(sorted(unknown))}")
    times = _read_times(script.get("times", None if KINDS[kind].lasting else 1))
    return Scripted(stage, match, behaviour, times, _read_probability(script))


def _stage(kind: str, match: dict[str, str]) -> Stage:
    if kind in DISTORTIONS and "event" in match:
        return Stage.WEBHOOK
    if kind == "outage" and ("instrument" in match or "bank" in match):
        return Stage.PAYMENT
    return KINDS[kind].stage


def _read_match(match: Any) -> dict[str, str]:
    known = frozenset().union(*MATCHED_BY.values())
    if not isinstance(match, dict) or set(match) - known:
        raise BadScript(f"match has {', '.join(sorted(known))}")
    return {name: str(value) for name, value in match.items() if value not in (None, "")}


def _read_times(times: Any) -> int | None:
    if times in (None, ALWAYS):
        return None
    if type(times) is not int or times < 1:
        raise BadScript("times is a whole number from 1, or always")
    return times


def _read_probability(script: dict[str, Any]) -> float:
    value = script.get("probability", 1)
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise BadScript("probability is a number from 0 to 1")
    return float(value)


_NUMBERS = ("seconds", "after", "low", "high", "p50", "p95", "copies")


def _check_numbers(behaviour: dict[str, Any]) -> None:
    for name in _NUMBERS:
        value = behaviour.get(name, 0)
        if type(value) not in (int, float) or not 0 <= value <= 1e9:
            raise BadScript(f"behaviour.{name} is a number from 0")
    median = behaviour.get("p50", 1)
    p95 = behaviour.get("p95", 1)
    if ("p50" in behaviour) != ("p95" in behaviour) or not 0 < median <= p95:
        raise BadScript("behaviour.p50 and p95 come together, above 0, p95 the larger")
