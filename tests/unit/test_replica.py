"""A replica is measured once a second at most, and not read while it is too far behind or away."""

from dataclasses import dataclass, field
from math import inf
from typing import Any, cast

import pytest

from payment_engine.db.pool import Pool
from payment_engine.db.replica import Replica


@dataclass
class Standby:
    """Shows a heartbeat that is ``behind`` seconds old; None for an error."""

    now: float = 1000.0
    behind: float | None = 0.5
    empty: bool = False
    fetched: list[str] = field(default_factory=list)

    async def fetch(self, statement: str) -> list[dict[str, Any]]:
        self.fetched.append(statement)
        if self.behind is None:
            raise ConnectionRefusedError
        return [{"at": None if self.empty else self.now - self.behind}]


def replica(standby: Standby) -> Replica:
    def clock() -> float:
        return standby.now

    return Replica(cast(Pool, standby), most=30, primary_time=clock, monotonic=clock)


async def test_the_age_is_in_whole_seconds_and_measured_once_a_second() -> None:
    standby = Standby(behind=3.2)
    measured = replica(standby)
    assert await measured.age() == 4
    standby.behind = 9.0
    assert await measured.age() == 4
    standby.now += 1
    assert await measured.age() == 9
    assert len(standby.fetched) == 2


@pytest.mark.parametrize("behind", [30.5, 86400.0])
async def test_one_that_is_too_far_behind_is_not_read_until_it_has_caught_up(behind: float) -> None:
    standby = Standby(behind=behind)
    measured = replica(standby)
    assert await measured.age() is None
    assert await measured.lag() == behind
    standby.behind = 30.0
    standby.now += 1
    assert await measured.age() == 30


async def test_one_that_does_not_answer_is_tried_again_after_five_seconds() -> None:
    standby = Standby(behind=None)
    measured = replica(standby)
    assert await measured.lag() == inf
    standby.behind = 1.0
    standby.now += 4
    assert await measured.age() is None
    standby.now += 1
    assert await measured.age() == 1


async def test_one_without_a_heartbeat_and_one_whose_clock_is_ahead() -> None:
    standby = Standby(empty=True)
    measured = replica(standby)
    assert await measured.age() is None
    standby.empty, standby.behind = False, -2.0
    standby.now += 5
    assert await measured.lag() == 0
