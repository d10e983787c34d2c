"""The plan of a run has every kind of fault, follows from its seed, and ends with a kill."""

from collections import Counter
from itertools import pairwise

import pytest

from tests.chaos.plan import KILLS, LONG, SHORT, Fault, FaultKind, Setting, plan_faults, sized

GATEWAYS, SHOPS = ["juspay", "paytm"], ["shop-1", "shop-2"]
ALONE = (
    FaultKind.POSTGRES_RESTART,
    FaultKind.POSTGRES_CRASH,
    FaultKind.POSTGRES_AWAY,
    FaultKind.GATEWAY_HANGS,
    FaultKind.SHOP_HANGS,
    FaultKind.ROLLING_RESTART,
)


def planned(setting: Setting, seed: int) -> list[Fault]:
    return plan_faults(setting, seed, GATEWAYS, SHOPS)


@pytest.mark.parametrize("setting", [SHORT, LONG], ids=lambda each: each.name)
@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_fault_happens_within_the_time(setting: Setting, seed: int) -> None:
    faults = planned(setting, seed)
    assert {each.kind for each in faults} == set(FaultKind)
    assert all(each.at >= 0 and each.end <= setting.seconds for each in faults)
    assert faults == sorted(faults, key=lambda each: each.at)


@pytest.mark.parametrize("setting", [SHORT, LONG], ids=lambda each: each.name)
@pytest.mark.parametrize("seed", range(5))
def test_kills_are_spread_over_all_processes_and_spare_the_rolling_restart(
    setting: Setting, seed: int
) -> None:
    faults = planned(setting, seed)
    kills = [each for each in faults if each.kind in KILLS]
    rolling = next(each for each in faults if each.kind is FaultKind.ROLLING_RESTART)
    assert len(kills) == setting.kills
    counts = Counter(each.target for each in kills)
    assert len(counts) == 4
    assert max(counts.values()) - min(counts.values()) <= 1
    assert not any(rolling.at <= each.at < rolling.end for each in kills)
    assert faults[-1].kind in KILLS


@pytest.mark.parametrize("seed", range(5))
def test_faults_that_would_hide_one_another_follow_one_another(seed: int) -> None:
    serial = [each for each in planned(LONG, seed) if each.kind in ALONE]
    assert all(first.end < second.at for first, second in pairwise(serial))


def test_a_seed_is_one_plan() -> None:
    assert planned(SHORT, 3) == planned(SHORT, 3)
    assert planned(SHORT, 3) != planned(SHORT, 4)


def test_the_long_run_is_as_long_as_its_faults_must_be() -> None:
    faults = planned(LONG, 0)
    seconds = {each.kind: each.seconds for each in faults}
    assert seconds[FaultKind.POSTGRES_AWAY] >= 60
    assert seconds[FaultKind.MONGO_AWAY] >= 600
    assert sum(each.kind in KILLS for each in faults) >= 100


def test_totals_can_be_changed() -> None:
    assert sized(SHORT, None, None) == SHORT
    assert sized(SHORT, 40, 0).kills == 0
    assert sized(SHORT, 40, 6).seconds == 40
