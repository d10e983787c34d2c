"""Whether a bank, UPI app or wallet is down: found by how the latest attempts through it ended.

Only ends that say something of it count: successes and business declines, which it carried out, and
technical declines. A customer counts by their latest end, so that nobody marks a bank alone, and
what a customer did wrong or gave up is none of its failures.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_engine.domain.declines import NOT_BEGUN, ResultClass, result_of_decline
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import ATTEMPT_SUCCEEDED, AttemptStatus

Provider = tuple[Method, str]
"""A method by the bank, UPI app or wallet that the customer chose for it."""

WINDOW = timedelta(minutes=1)
"""For how long an end counts."""
FAILURES = 5
"""Technical failures that are needed at least."""
CUSTOMERS = 3
"""Customers whose latest attempt failed so, that are needed at least."""
LATEST = 25
"""Of so many customers, those who ended last: a busy bank that fails is not measured by its
successes of a minute ago."""
PERCENT = 80
"""Of these customers, how many must have failed so."""
PROBE_EVERY = timedelta(seconds=10)
"""How often one attempt is offered to see whether it is over."""


@dataclass(frozen=True)
class Downtime:
    """A provider that is down ``since`` a time; from ``probe_at`` on one attempt may probe it."""

    since: datetime
    probe_at: datetime

    def admits(self, now: datetime) -> bool:
        """Whether the provider is offered, with a warning, to see whether it is up again."""
        return self.probe_at <= now


@dataclass(frozen=True)
class End:
    """How an attempt through a provider ended; ``ok``: the provider carried it out."""

    at: datetime
    ok: bool
    customer: str


def carried_out(result: ResultClass, decline_code: str | None) -> bool | None:
    """Whether an end shows that the provider works; None if it says nothing about it."""
    if result in (ResultClass.SUCCESS, ResultClass.BUSINESS):
        return True
    about_it = result is ResultClass.TECHNICAL and decline_code not in NOT_BEGUN
    return False if about_it else None


def end_of(
    status: AttemptStatus, decline_code: str | None, at: datetime, customer: str
) -> End | None:
    """How an attempt ended, from its row; None if that says nothing about the provider."""
    succeeded = status in ATTEMPT_SUCCEEDED
    result = ResultClass.SUCCESS if succeeded else result_of_decline(decline_code)
    ok = carried_out(result, decline_code)
    return None if ok is None else End(at, ok, customer)


def is_down(ends: Iterable[End], now: datetime) -> bool:
    """Whether these ends, in their order, show that the provider is down."""
    latest = [end for end in ends if now - end.at <= WINDOW]
    by_customer: dict[str, bool] = {}
    for end in reversed(latest):
        by_customer.setdefault(end.customer, end.ok)
    counted = list(by_customer.values())[:LATEST]
    failures, failing = sum(not end.ok for end in latest), counted.count(False)
    enough = failures >= FAILURES and failing >= CUSTOMERS
    return enough and failing * 100 >= PERCENT * len(counted)
