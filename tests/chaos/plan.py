"""What goes wrong in a run and when: drawn from a seed, so that a run can be repeated."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class FaultKind(StrEnum):
    """One kind of thing that goes wrong."""

    KILL_API = "kill -9 of an API"
    KILL_WORKER = "kill -9 of a worker"
    POSTGRES_RESTART = "PostgreSQL restarts"
    POSTGRES_CRASH = "PostgreSQL crashes"
    POSTGRES_AWAY = "PostgreSQL is away"
    MONGO_AWAY = "MongoDB is away"
    GATEWAY_HANGS = "a gateway hangs"
    SHOP_HANGS = "a shop's endpoint hangs"
    ROLLING_RESTART = "rolling restart (SIGTERM)"


KILLS = {FaultKind.KILL_API: ("api-1", "api-2"), FaultKind.KILL_WORKER: ("worker-1", "worker-2")}
"""The processes that each kind of kill may hit."""


@dataclass(frozen=True)
class Fault:
    """``at``: seconds from the start of the load. ``seconds``: how long it lasts; ``target``: the
    process, gateway or shop, where there is a choice.
    """

    at: float
    kind: FaultKind
    seconds: float = 0.0
    target: str = ""

    @property
    def end(self) -> float:
        """When it is over."""
        return self.at + self.seconds


@dataclass(frozen=True)
class Setting:
    """How much goes wrong, and for how long; times are seconds."""

    name: str
    seconds: float
    kills: int
    postgres_restarts: int
    postgres_away: float
    mongo_away: float
    hangs: float
    rolling: float
    """How long the rolling restart may take: nothing else is killed meanwhile."""
    clients: int = 50


SHORT = Setting("short", 75, 20, 2, 6, 25, 8, 16)
LONG = Setting("long", 780, 100, 8, 60, 600, 60, 40)


def sized(setting: Setting, seconds: float | None, kills: int | None) -> Setting:
    """The setting with other totals, if they are given."""
    seconds, kills = seconds or setting.seconds, setting.kills if kills is None else kills
    return replace(setting, seconds=seconds, kills=kills)


def plan_faults(setting: Setting, seed: int, gateways: list[str], shops: list[str]) -> list[Fault]:
    """Every fault of a run in the order of time, the last of them at its very end.

    PostgreSQL's faults, the hangs and the rolling restart follow one another, in an order that is
    drawn; MongoDB is away beside them, and kills fall everywhere but into the rolling restart.
    """
    chance = random.Random(seed)
    serial = list(_serial(setting, chance, gateways, shops))
    chance.shuffle(serial)
    placed = list(_spread(serial, setting.seconds))
    mongo = Fault(0.04 * setting.seconds, FaultKind.MONGO_AWAY, setting.mongo_away)
    rolling = next(each for each in placed if each.kind is FaultKind.ROLLING_RESTART)
    kills = _kills(setting, chance, rolling)
    return sorted([*placed, mongo, *kills], key=lambda each: each.at)


def _serial(
    setting: Setting, chance: random.Random, gateways: list[str], shops: list[str]
) -> Iterator[Fault]:
    for number in range(setting.postgres_restarts):
        crash = number % 2
        yield Fault(0, FaultKind.POSTGRES_CRASH if crash else FaultKind.POSTGRES_RESTART)
    yield Fault(0, FaultKind.POSTGRES_AWAY, setting.postgres_away)
    yield Fault(0, FaultKind.GATEWAY_HANGS, setting.hangs, chance.choice(gateways))
    yield Fault(0, FaultKind.SHOP_HANGS, setting.hangs, chance.choice(shops))
    yield Fault(0, FaultKind.ROLLING_RESTART, setting.rolling)


def _spread(serial: list[Fault], seconds: float) -> Iterator[Fault]:
    """One after the other, with the same pause before each and after the last."""
    pause = max(0.0, seconds - sum(each.seconds for each in serial)) / (len(serial) + 1)
    at = pause
    for each in serial:
        yield replace(each, at=at)
        at += each.seconds + pause


def _kills(setting: Setting, chance: random.Random, quiet: Fault) -> Iterator[Fault]:
    """Evenly over the time outside of ``quiet``, with jitter; each process has its share."""
    targets = [(kind, name) for kind, names in KILLS.items() for name in names]
    step = (setting.seconds - quiet.seconds) / max(1, setting.kills)
    for number in range(setting.kills):
        if number % len(targets) == 0:
            chance.shuffle(targets)
        last = number == setting.kills - 1
        at = step * (number + (1.0 if last else chance.uniform(0.2, 0.8)))
        kind, name = targets[number % len(targets)]
        yield Fault(at if at < quiet.at else at + quiet.seconds, kind, target=name)
