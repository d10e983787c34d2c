"""The group committer: changes that wait share a statement and a durable commit."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from payment_engine.db.backend import serves_staff
from payment_engine.db.batches import Batches
from payment_engine.domain.commit import Commit, CommitResult, Overloaded
from payment_engine.domain.store import BatchRefused, Load, Loaded, PaymentStore

_FEWEST_SHED = 2000
_SHED_SECONDS = 2.0


class Committer:
    """Loads and commits through a store, in batches.

    No change waits for a batch to fill: it is sent at once if nothing is being written, otherwise
    together with all that wait. Only one change of a payment is written at a time.
    """

    def __init__(
        self,
        store: PaymentStore,
        *,
        for_staff: PaymentStore | None = None,
        most: int = 64,
        in_flight: int = 2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self._for_staff = for_staff
        self._clock = clock
        self._written: deque[tuple[float, int]] = deque()
        alone = (BatchRefused,)
        self._changes: Batches[Commit, CommitResult] = Batches(
            self._commit, tokens=_tokens, most=most, in_flight=in_flight, alone=alone
        )
        self._openings: Batches[Commit, CommitResult] = Batches(
            self._commit, tokens=_tokens, most=most, in_flight=in_flight, alone=alone
        )
        self._loads: Batches[Load, Loaded | None] = Batches(
            store.load, most=most, in_flight=in_flight
        )

    @property
    def waiting(self) -> int:
        """How many changes wait to be written."""
        return self._changes.waiting + self._openings.waiting

    async def load(self, load: Load) -> Loaded | None:
        """The payment, read in one statement with whatever else is being loaded; for a person on
        call by a connection of theirs, past all that wait."""
        if self._for_staff and serves_staff.get():
            return (await self._for_staff.load([load]))[0]
        return await self._loads.do(load)

    async def commit(self, change: Commit, *, intent: bool) -> CommitResult:
        """Write one change, durably. What a gateway reported goes first and is never refused.

        Raises Overloaded for an intent if the queue is longer than two seconds of commits,
        FateUnknown, and BatchRefused if the database refused this very change.
        """
        if intent and self.waiting >= _FEWEST_SHED and self.waiting >= self._written_lately():
            raise Overloaded
        batches = self._openings if change.expected is None else self._changes
        return await batches.do(change, urgent=not intent)

    async def drain(self) -> None:
        """Wait until every submitted change is written or refused."""
        await self._changes.drain()
        await self._openings.drain()

    async def _commit(self, batch: Sequence[Commit]) -> Sequence[CommitResult]:
        results = await self.store.commit(batch)
        self._written.append((self._clock(), len(batch)))
        self._forget_earlier()
        return results

    def _written_lately(self) -> int:
        """How many changes were written in the time that one may wait."""
        self._forget_earlier()
        return sum(count for _, count in self._written)

    def _forget_earlier(self) -> None:
        """Drop the batches that were written before that time."""
        since = self._clock() - _SHED_SECONDS
        while self._written and self._written[0][0] < since:
            self._written.popleft()


def _tokens(change: Commit) -> Iterable[object]:
    """What no two changes may share at a time: each is guarded by rows of the database."""
    yield change.payment.id
    if change.claim:
        yield "key", change.claim.merchant_id, change.claim.key
    if change.webhook:
        yield "event", change.webhook.gateway, change.webhook.event_id
    if change.limits:
        yield "customer", change.limits.merchant_id, change.limits.customer_ref
    if change.link:
        yield "link", change.link.wallet_id
