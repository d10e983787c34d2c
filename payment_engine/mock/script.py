"""Scripted behaviours: what waits to happen, to whom, how often and how likely."""

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from payment_engine.mock.chance import Chance
from payment_engine.mock.kinds import DISTORTIONS, KINDS, SEEN, Stage

__all__ = ["DISTORTIONS", "KINDS", "BadScript", "Script", "Scripted", "Stage"]
ALWAYS = "always"


class BadScript(Exception):
    """A script that no behaviour can follow; the message says why."""


@dataclass
class Scripted:
    """A behaviour, what it waits for, and how often it will still take hold."""

    stage: Stage
    match: dict[str, str]
    behaviour: dict[str, Any]
    times: int | None = 1
    """None lasts until the script is dropped."""
    probability: float = 1.0
    id: str = ""
    taken: int = field(default=0, compare=False)

    @property
    def kind(self) -> str:
        """The behaviour's name in the table."""
        return str(self.behaviour["kind"])

    def fits(self, seen: dict[str, str | None]) -> bool:
        """Whether all that was asked for was seen."""
        return all(
            _fits(name, wanted.casefold(), (seen.get(name) or "").casefold())
            for name, wanted in self.match.items()
        )


class Script:
    """The queue of scripted behaviours, first come first served; those that last come last."""

    def __init__(self, chance: Chance, limit: int) -> None:
        self._chance = chance
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
        """Let one go; False if it does not wait."""
        kept = [each for each in self.waiting if each.id != script_id]
        gone, self.waiting = len(kept) < len(self.waiting), kept
        return gone

    def take(self, stage: Stage, **seen: str | None) -> Scripted | None:
        """The next behaviour for what was seen at ``stage``, used up once by this."""
        if not self.waiting:
            return None
        for scripted in sorted(self.waiting, key=lambda each: each.times is None):
            if scripted.stage is stage and scripted.fits(seen) and self._happens(scripted, seen):
                self._use(scripted)
                return _acted(scripted)
        return None

    def _happens(self, scripted: Scripted, seen: dict[str, str | None]) -> bool:
        """By the seed, the order or path, and how often it was asked there: not by timing."""
        if scripted.probability >= 1:
            return True
        about = (scripted.id, seen.get("gateway"), seen.get("path"), seen.get("order_id"))
        return self._chance.once("script", *about).random() < scripted.probability

    def _use(self, scripted: Scripted) -> None:
        scripted.taken += 1
        if scripted.times is not None:
            scripted.times -= 1
            if not scripted.times:
                self.waiting.remove(scripted)


def _acted(scripted: Scripted) -> Scripted:
    """The behaviour as gateways know it: an outage is a decline, or an error."""
    if scripted.kind != "outage":
        return scripted
    acted = {"kind": "http_status", "status": 503, "when": "before"}
    if scripted.stage is Stage.PAYMENT:
        acted = {"kind": "decline", "reason": "bank_down"}
    return replace(scripted, behaviour=acted | {**scripted.behaviour, "kind": acted["kind"]})


def _fits(name: str, wanted: str, text: str) -> bool:
    """``*`` stands for any text; a path may leave out the gateway it begins with."""
    inner = "/" + text.lstrip("/").partition("/")[2]
    return fnmatchcase(text, wanted) or (name == "path" and fnmatchcase(inner, wanted))


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
    if unseen := set(match) - SEEN[stage]:
        raise BadScript(f"{kind} cannot be matched by {', '.join(sorted(unseen))}")
    times = _read_times(script.get("times", None if KINDS[kind].lasting else 1))
    return Scripted(stage, match, behaviour, times, _read_probability(script))


def _stage(kind: str, match: dict[str, str]) -> Stage:
    if kind in DISTORTIONS and "event" in match:
        return Stage.WEBHOOK
    if kind == "outage" and ("instrument" in match or "bank" in match):
        return Stage.PAYMENT
    return KINDS[kind].stage


def _read_match(match: Any) -> dict[str, str]:
    known = frozenset().union(*SEEN.values())
    if not isinstance(match, dict) or set(match) - known:
        raise BadScript(f"match has {', '.join(sorted(known))}")
    return {name: str(wanted) for name, wanted in match.items() if wanted not in (None, "")}


def _read_times(times: Any) -> int | None:
    if times in (None, ALWAYS):
        return None
    if type(times) is not int or times < 1:
        raise BadScript("times is a whole number from 1, or always")
    return times


def _read_probability(script: dict[str, Any]) -> float:
    given = script.get("probability", 1)
    if type(given) not in (int, float) or not 0 <= given <= 1:
        raise BadScript("probability is a number from 0 to 1")
    return float(given)


_NUMBERS = ("seconds", "after", "low", "high", "p50", "p95", "copies")


def _check_numbers(behaviour: dict[str, Any]) -> None:
    for name in _NUMBERS:
        given = behaviour.get(name, 0)
        if type(given) not in (int, float) or not 0 <= given <= 1e9:
            raise BadScript(f"behaviour.{name} is a number from 0")
    low, high = behaviour.get("p50", 1), behaviour.get("p95", 1)
    if ("p50" in behaviour) != ("p95" in behaviour) or not 0 < low <= high:
        raise BadScript("behaviour.p50 and p95 come together, above 0, p95 the larger")
