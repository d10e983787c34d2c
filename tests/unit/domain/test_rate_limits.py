"""What an answer tells its caller about the limits that its request was counted by."""

from contextvars import copy_context

from payment_engine.domain import rate_limits
from payment_engine.domain.rate_limits import RateLimit

SHOP = RateLimit(name="key", most=100, seconds=60, remaining=40, reset=12)
CUSTOMER = RateLimit(name="customer", most=5, seconds=3600, remaining=2, reset=1800)


def answered(*limits: RateLimit) -> dict[str, str]:
    """The headers of a request that these limits counted."""
    rate_limits.begin()
    for limit in limits:
        rate_limits.counted(limit)
    return dict(rate_limits.headers())


def test_the_limit_with_the_least_left_is_in_the_headers() -> None:
    assert copy_context().run(answered, SHOP, CUSTOMER) == {
        "RateLimit": '"customer";r=2;t=1800',
        "RateLimit-Policy": '"customer";q=5;w=3600',
    }


def test_a_request_that_nothing_counted_has_none() -> None:
    assert copy_context().run(answered) == {}


def test_what_is_counted_outside_of_a_request_is_told_nobody() -> None:
    def outside() -> dict[str, str]:
        rate_limits._COUNTED.set(None)
        rate_limits.counted(SHOP)
        return dict(rate_limits.headers())

    assert copy_context().run(outside) == {}
