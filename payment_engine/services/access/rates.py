"""Rate limits that hold across processes, for what can be abused: OTPs, checks and look-ups.

What is rare or dear (an OTP, the check of a UPI ID) is counted exactly, in a statement of its own;
what is frequent and cheap, by shares that each process leases ahead.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from limits import parse_many

from payment_engine import metrics
from payment_engine.db import rates
from payment_engine.domain import rate_limits
from payment_engine.domain.errors import TooManyRequests
from payment_engine.domain.rate_limits import RateLimit
from payment_engine.engine import Engine
from payment_engine.leased_rates import Usage, Window

_PURPOSE = "rate"


@dataclass(frozen=True)
class Use:
    """One use of what ``name`` says by whom ``value`` says; ``rates`` such as ``5/hour;20/day``."""

    name: str
    value: str
    rates: str


async def count_uses(engine: Engine, *uses: Use) -> None:
    """Count each use, in one statement; raises TooManyRequests if one exceeds a rate of its own.

    A window is a fixed part of the clock. Values are stored as keyed hashes.
    """
    now = engine.now()
    windows = [window for use in uses for window in _windows(engine, use, now)]
    used = await rates.count(engine.db, {window.id: window.until for window in windows})
    over = [window for window in windows if used[window.id] > window.most]
    _tell(windows, used, now)
    if over:
        raise _refusal(over, now)


def use_leased(engine: Engine, *uses: Use) -> None:
    """Count each use by what this process has leased of it, without a statement; raises
    TooManyRequests if nothing is left of a rate."""
    now = engine.now()
    windows = [window for use in uses for window in _windows(engine, use, now)]
    usages = {window: engine.leased_rates.use(window) for window in windows}
    if over := [window for window, usage in usages.items() if usage is Usage.USED_UP]:
        _tell(over, {window.id: window.most for window in over}, now)
        raise _refusal(over, now)
    if Usage.NOT_YET in usages.values():
        raise TooManyRequests(retry_after=1)


def _tell(windows: Sequence[Window], used: Mapping[str, int], now: datetime) -> None:
    """Let the request's answer say what is left of each."""
    for window in windows:
        rate_limits.counted(
            RateLimit(
                name=window.name,
                most=window.most,
                seconds=window.seconds,
                remaining=max(0, window.most - used[window.id]),
                reset=_seconds_left(window, now),
            )
        )


def _seconds_left(window: Window, now: datetime) -> int:
    return max(1, math.ceil((window.until - now).total_seconds()))


def _refusal(over: Sequence[Window], now: datetime) -> TooManyRequests:
    """The refusal by whichever of these windows ends last, counted by its kind."""
    last = max(over, key=lambda window: window.until)
    metrics.refused_by_limits.labels(last.name.replace(" ", "_")).inc()
    return TooManyRequests(retry_after=_seconds_left(last, now))


def _windows(engine: Engine, use: Use, now: datetime) -> Iterator[Window]:
    for rate in parse_many(use.rates):
        seconds = rate.get_expiry()
        start = int(now.timestamp()) // seconds * seconds
        text = f"{use.name}:{use.value}:{seconds}:{start}"
        yield Window(
            id=engine.sealer.keyed_hashes(_PURPOSE, text)[0].hex(),
            until=datetime.fromtimestamp(start + seconds, UTC),
            most=rate.amount,
            name=use.name,
            seconds=seconds,
        )
