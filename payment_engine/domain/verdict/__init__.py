"""What happened to a payment in one sentence, what happens next, and who acts.

A rule looks at one concern: a review, money that goes back, where the order stands. The most urgent
one that applies is the verdict, the others are reported beside it.
"""

from payment_engine.domain.verdict.concerns import CONCERNS
from payment_engine.domain.verdict.facts import Actor, Facts, Outcome, PlannedJob, Verdict
from payment_engine.domain.verdict.standing import standing

__all__ = ["Actor", "Facts", "Outcome", "PlannedJob", "Verdict", "verdict"]

_UNDECIDED: frozenset[Outcome] = frozenset({"unknown", "pending", "paying"})


def verdict(facts: Facts) -> tuple[Verdict, list[str]]:
    """The most urgent concern, and the sentences of all others."""
    concerns = [found for rule in CONCERNS for found in rule(facts)]
    first, *others = [*concerns, standing(facts)]
    return first, [each.sentence for each in others if not _repeats(first, each)]


def _repeats(first: Verdict, other: Verdict) -> bool:
    """Whether another concern only tells that what the first is about is undecided."""
    return other.subject == first.subject and other.outcome in _UNDECIDED
