"""How often a pending UPI charge may be checked.

NPCI's circular of 26 April 2025: the first status check no sooner than 90 seconds after the start,
and no more than three within two hours. Whoever checks one, for whatever reason, is bound by it;
the count is in the attempt's row. A charge that its gateway reported final or refused is not
pending: to look at it is no check, unless the look shows that it is pending all the same. So a
webhook that anybody with its password can send has a charge looked up, but no more often than this.
"""

from datetime import datetime, timedelta

from payment_engine.domain.payment import Attempt
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, AttemptStatus
from payment_engine.domain.upi_policy import FLOWS

FIRST = timedelta(seconds=90)
"""From the start to the first check, unless the customer came back before."""
WINDOW = timedelta(hours=2)
MOST = 3
"""Checks within ``WINDOW``; the last of them only once the customer can no longer pay."""
GAP = timedelta(hours=1)
"""Between two checks after ``WINDOW``."""


def is_bounded(attempt: Attempt) -> bool:
    """Whether a check of this attempt counts: it is a UPI charge without a verdict, or with one of
    which a look showed that it was not its gateway's."""
    open_still = attempt.status in ATTEMPT_IN_PROGRESS or _pending_after_all(attempt)
    return attempt.method in FLOWS and open_still


def _pending_after_all(attempt: Attempt) -> bool:
    """Whether a look after its failure, which only a webhook reported, showed it pending."""
    settled, checked = attempt.settled_at, attempt.checked_at
    failed = attempt.status is AttemptStatus.FAILED
    return failed and settled is not None and checked is not None and checked > settled


def next_allowed(attempt: Attempt, now: datetime, *, returned: bool = False) -> datetime:
    """The first moment from ``now`` on at which the attempt may be checked.

    ``returned``: the customer came back to us, or a webhook reported an outcome, so that the first
    check need not wait.
    """
    if not is_bounded(attempt):
        return now
    soonest, end = max(now, _soonest(attempt, returned=returned)), attempt.created_at + WINDOW
    if attempt.checks < MOST and soonest < end:
        return soonest
    return max(now, end, attempt.checked_at + GAP if attempt.checked_at else end)


def _soonest(attempt: Attempt, *, returned: bool) -> datetime:
    """When the next of the few checks within the window may be made."""
    if attempt.checks == MOST - 1:
        return attempt.expires_at
    return attempt.created_at if attempt.checks or returned else attempt.created_at + FIRST
