"""The port through which payments are loaded and committed.

PostgreSQL is behind it in production; tests and the simulator use one in memory. Both pass one
contract suite.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from payment_engine.domain.card_testing import CardOrigin, DeclineTimes
from payment_engine.domain.commit import Commit, CommitResult, KeyRow
from payment_engine.domain.payment import Snapshot

Find = Literal["payment", "attempt", "refund", "charge"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerLimits:
    """What a customer may pay and how often, and what counts towards it by now. Paise.

    Each count is 0 where no limit needs it, since a shop may give all its guests one reference.
    ``revision`` guards the count: a commit that adds to it names the revision it was read at.
    """

    revision: int
    limits: dict[str, int]
    paid_today: int
    """Paise of other payments of the last 24 hours that are paid or may still be."""
    attempts_today: int
    """Attempts of the last 24 hours, counted as far as the limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MerchantFacts:
    """What the rules of UPI need to know of a merchant."""

    mcc: str
    upi_verified: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclineQuery:
    """Which declined cards count for another one: since when, and of which origin."""

    since: datetime
    origin: CardOrigin


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """Which payment to load: by its own id, or that of one of its attempts or refunds, or by what a
    gateway calls the charge of an attempt.

    With a key, its earlier use is loaded too; with ``for_attempt``, what an attempt
    depends on: the merchant's facts and the customer's limits, and for one by card the
    ``declines`` of other cards.
    """

    find: Find
    id: str
    merchant_id: str | None = None
    key: str | None = None
    for_attempt: bool = False
    now: datetime | None = None
    declines: DeclineQuery | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A payment, and the facts of other rows that a decision needs, as they stood at one moment."""

    snapshot: Snapshot
    superseded: bool = False
    """The order has a newer payment."""
    key: KeyRow | None = None
    process_alive: bool = False
    """The process that works on the key still sends heartbeats."""
    merchant: MerchantFacts | None = None
    limits: CustomerLimits | None = None
    declines: DeclineTimes | None = None
    """Of other cards, if the load named them."""


class PaymentStore(Protocol):
    """Loads payments and commits their changes."""

    async def load(self, loads: Sequence[Load]) -> list[Loaded | None]:
        """The requested payments, in that order; None for one that does not exist."""

    async def commit(self, batch: Sequence[Commit]) -> list[CommitResult]:
        """Write each change completely or not at all, and return which; at most one per payment.

        Raises BatchRefused if the database refused the batch as a whole (nothing is written),
        FateUnknown if it did not answer.
        """

    async def was_written(self, payment_id: str, change_id: str) -> bool:
        """Whether the change of this id was committed."""

    async def key(self, merchant_id: str, key: str) -> KeyRow | None:
        """The earlier use of an Idempotency-Key."""

    async def add_key(self, row: KeyRow) -> bool:
        """Store a key with its answer, for a call that changes nothing; False if it was used."""

    async def ids_of_order(self, merchant_id: str, order_id: str) -> list[str]:
        """The ids of every payment of an order, oldest first."""

    async def versions(self, payment_ids: Collection[str]) -> Mapping[str, int]:
        """The version of each of these payments that exists."""


class BatchRefused(Exception):
    """The database refused the whole batch, and nothing was written: send its changes one by one.

    ``rule`` is the constraint that a lone change broke, if it was one. ``passing``: the cause lies
    with others (a lock, a deadlock, the time), so the same change may be written later.
    """

    def __init__(self, reason: str, rule: str | None = None, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rule = rule
        self.passing = passing
