"""Declined cards: which of them count for another one, and the refusal if they are too many."""

import math
from datetime import datetime, timedelta
from functools import cache

from limits import parse_many

from payment_engine import metrics
from payment_engine.domain.callers import Caller
from payment_engine.domain.card_testing import (
    CardOrigin,
    DeclinePolicy,
    DeclineTimes,
    Rate,
    next_card,
)
from payment_engine.domain.errors import TooManyDeclines
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.attempts import AttemptIn, CardIn
from payment_engine.domain.store import DeclineQuery, Loaded
from payment_engine.engine import Engine
from payment_engine.services.access.origins import address_hash, bin_hash
from payment_engine.services.attempts.charge import AttemptContext
from payment_engine.services.routing.offers import offered_methods


def decline_query(
    engine: Engine, caller: Caller, request: AttemptIn, ip: str | None
) -> DeclineQuery | None:
    """Which declined cards count for this attempt; None unless it is one by card.

    A shop's own server has the shop's address, which says nothing of the customer.
    """
    if not isinstance(request, CardIn):
        return None
    address = ip if caller.kind == "checkout" else None
    origin = CardOrigin(
        address=address_hash(engine, caller.merchant_id, address),
        bin=bin_hash(engine, caller.merchant_id, request.first_digits),
    )
    return DeclineQuery(since=engine.now() - _policy(engine).longest, origin=origin)


def check_declines(engine: Engine, loaded: Loaded, now: datetime, context: AttemptContext) -> None:
    """Raise TooManyDeclines if another card may not be tried yet."""
    if context.method is not Method.CARD:
        return
    others = loaded.declines or DeclineTimes()
    wait = next_card(loaded.snapshot.attempts, others, _policy(engine), now)
    if wait is None:
        return
    metrics.refused_by_limits.labels(f"card_declines_{wait.counted_by}").inc()
    seconds = max(1, math.ceil((wait.until - now).total_seconds()))
    offered = offered_methods(engine, context.terms)
    raise TooManyDeclines(
        f"another card may be tried in {seconds} seconds; other methods work at once",
        retry_after=seconds,
        alternatives=[each.value for each in offered if each is not Method.CARD],
    )


def _policy(engine: Engine) -> DeclinePolicy:
    settings = engine.settings
    return DeclinePolicy(
        rates={
            "payment": _rates(settings.card_declines_per_payment),
            "customer": _rates(settings.card_declines_per_customer),
            "address": _rates(settings.card_declines_per_address),
            "bin": _rates(settings.card_declines_per_bin),
        },
        wait=timedelta(seconds=settings.card_decline_wait),
    )


@cache
def _rates(text: str) -> tuple[Rate, ...]:
    rates = parse_many(text)
    return tuple((rate.amount, timedelta(seconds=rate.get_expiry())) for rate in rates)
