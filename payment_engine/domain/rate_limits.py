"""The limits that a request was counted by, as its answer tells them to its caller.

By the header fields of the IETF's draft (draft-ietf-httpapi-ratelimit-headers).
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """One rate: so many uses in so many seconds, of which ``remaining`` are left until it begins
    anew in ``reset`` seconds."""

    name: str
    most: int
    seconds: int
    remaining: int
    reset: int


_COUNTED: ContextVar[list[RateLimit] | None] = ContextVar("rate_limits", default=None)


def begin() -> None:
    """A request begins: it was counted by nothing yet."""
    _COUNTED.set([])


def counted(limit: RateLimit) -> None:
    """The request was counted; tasks that it starts count for it too."""
    found = _COUNTED.get()
    if found is not None:
        found.append(limit)


def headers() -> Mapping[str, str]:
    """``RateLimit`` of the limit with the least left, and ``RateLimit-Policy`` of it; none if the
    request was counted by none."""
    found = _COUNTED.get()
    if not found:
        return {}
    least = min(found, key=lambda limit: (limit.remaining, -limit.reset))
    return {
        "RateLimit": f'"{least.name}";r={least.remaining};t={least.reset}',
        "RateLimit-Policy": f'"{least.name}";q={least.most};w={least.seconds}',
    }
