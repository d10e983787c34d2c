"""Health: a rolling window with a least sample."""

import pytest

from payment_engine.gateways.health import SAMPLE, STREAK, WINDOW, Health


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("good", "bad", "verdict"),
    [
        (0, 0, "up"),
        (0, SAMPLE - 1, "up"),
        (20, 0, "up"),
        (19, 1, "up"),
        (18, 2, "fluctuating"),
        (11, 9, "fluctuating"),
        (10, 10, "down"),
        (0, SAMPLE, "down"),
    ],
)
def test_a_verdict_needs_a_sample_and_a_share_of_failures(good, bad, verdict):
    health = Health(Clock())
    for ok in [True] * good + [False] * bad:
        health.note(ok=ok)

    assert health.verdict() == verdict


def test_what_is_older_than_the_window_is_forgotten():
    clock = Clock()
    health = Health(clock)
    for _ in range(SAMPLE):
        health.note(ok=False)
    assert health.verdict() == "down"

    clock.now = WINDOW + 1

    assert health.verdict() == "up"


@pytest.mark.parametrize(
    ("outcomes", "broken"),
    [
        ([False] * (STREAK - 1), False),
        ([False] * STREAK, True),
        ([True] + [False] * STREAK, True),
        ([False] * STREAK + [True], False),
        ([False, True] * SAMPLE, True),
        ([False, True, True] * SAMPLE, False),
    ],
)
def test_a_streak_or_half_of_a_sample_means_broken(outcomes, broken):
    health = Health(Clock())
    for ok in outcomes:
        health.note(ok=ok)

    assert health.broken() is broken


def test_what_is_trusted_again_starts_anew():
    health = Health(Clock())
    for _ in range(SAMPLE):
        health.note(ok=False)

    health.forget()

    assert (health.verdict(), health.broken()) == ("up", False)
