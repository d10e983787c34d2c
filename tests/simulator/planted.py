"""Faults that a careless change could bring into the service, each planted for the simulator."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from unittest.mock import patch

from payment_engine.db.committer import Committer
from payment_engine.db.jobs import JobEnd
from payment_engine.domain import outcomes, refund_reports
from payment_engine.domain.commit import Commit, CommitResult, FateUnknown
from payment_engine.domain.events import MessageState
from payment_engine.domain.gateway import ChargeOutcome, ChargeState, Refused, Unknown
from payment_engine.domain.payment import Payment
from payment_engine.domain.states import RefundStatus
from payment_engine.engine import Engine
from payment_engine.services.attempts import intent
from payment_engine.services.lifecycle import outcomes as reported
from payment_engine.services.queue import delivery, runner
from payment_engine.services.refunds import issue
from payment_engine.simulator.__main__ import quiet
from payment_engine.simulator.memory_store import MemoryPaymentStore
from payment_engine.simulator.memory_work import MemoryWorkStore
from payment_engine.simulator.run import Outcome, run_seed
from payment_engine.simulator.tables import StoredJob, StoredMessage
from payment_engine.simulator.world import SHIPPED, Parts


class Unguarded(MemoryPaymentStore):
    """Commits whatever the payment's revision is by now."""

    def _refusal(self, change: Commit) -> CommitResult | None:
        stored = self.tables.payments[change.payment.id]
        return super()._refusal(replace(change, expected=stored.revision))


class TakesEventsTwice(MemoryPaymentStore):
    """Takes an event's webhook as often as it arrives."""

    def _refusal(self, change: Commit) -> CommitResult | None:
        return super()._refusal(replace(change, webhook=None))


class NeverSuperseded(MemoryPaymentStore):
    """Finds no newer payment of an order."""

    def _superseded(self, payment: Payment) -> bool:
        return False


class OutOfOrder(MemoryWorkStore):
    """Claims messages without regard to those before them."""

    def _due_of(self, merchant_id: str, now: datetime) -> Iterable[StoredMessage]:
        for of_payment in self.tables.messages.values():
            for each in of_payment:
                free = each.lease_until is None or each.lease_until < now
                if each.state is MessageState.READY and each.run_at <= now and free:
                    yield each


class ForgetsRequests(MemoryWorkStore):
    """Deletes a job that is done although it was requested again while it ran."""

    def _end_job(self, job: StoredJob, end: JobEnd) -> None:
        super()._end_job(job, replace(end, job=replace(end.job, attempts=job.attempts)))


class Early(Committer):
    """Answers before the change is written."""

    async def commit(self, change: Commit, *, intent: bool) -> CommitResult:
        asyncio.create_task(self._written_later(change, intent=intent))  # noqa: RUF006
        return CommitResult.WRITTEN

    async def _written_later(self, change: Commit, *, intent: bool) -> None:
        with suppress(Exception):
            await Committer.commit(self, change, intent=intent)


class AnswersEarly(Early):
    """Answers idempotent calls before their answer is written."""

    async def commit(self, change: Commit, *, intent: bool) -> CommitResult:
        if change.answer:
            return await super().commit(change, intent=intent)
        return await Committer.commit(self, change, intent=intent)


class SendsAgain(Committer):
    """Sends a change again if the database's answer to it was lost."""

    async def commit(self, change: Commit, *, intent: bool) -> CommitResult:
        try:
            return await super().commit(change, intent=intent)
        except FateUnknown:
            return await super().commit(change, intent=intent)


def _committer(kind: type[Committer]) -> Callable[[Engine], None]:
    def change(engine: Engine) -> None:
        engine.committer = kind(engine.payments, clock=engine.monotonic)

    return change


def _unknown_is_failed(outcome: ChargeOutcome, ref: str, last: str | None) -> ChargeState:
    failed = Refused("unknown") if isinstance(outcome, Unknown) else outcome
    return outcomes.charge_state(failed, ref, last)


@contextmanager
def _patched(*patches: object) -> Iterator[None]:
    started = [each.start() for each in patches]  # type: ignore[attr-defined]
    try:
        yield
    finally:
        assert len(started) == len(patches)
        patch.stopall()


@dataclass(frozen=True)
class Planted:
    """A fault, and how a simulation with it is built."""

    name: str
    parts: Parts = SHIPPED
    patches: tuple[tuple[object, str, object], ...] = ()

    @contextmanager
    def installed(self) -> Iterator[Parts]:
        """The parts of a world that has it."""
        with _patched(*(patch.object(*each) for each in self.patches)):
            yield self.parts


_SHORT = timedelta(seconds=5)

PLANTED = (
    Planted("the guard is removed from the commit", Parts(payments=Unguarded)),
    Planted("a group commit answers early", Parts(changed=_committer(Early))),
    Planted(
        "the sum of refunds leaves out pending ones",
        patches=((outcomes, "REFUND_RESERVING", frozenset({RefundStatus.SUCCEEDED})),),
    ),
    Planted("webhooks are not deduplicated", Parts(payments=TakesEventsTwice)),
    Planted("a late success counts after supersession", Parts(payments=NeverSuperseded)),
    Planted(
        "a lease is shorter than the call",
        patches=((runner, "LEASE", _SHORT), (delivery, "LEASE", _SHORT)),
    ),
    Planted("the outbox is out of order", Parts(work=OutOfOrder)),
    Planted(
        "an idempotent call is answered before its commit", Parts(changed=_committer(AnswersEarly))
    ),
    Planted(
        "unknown is treated as failed",
        patches=((reported, "charge_state", _unknown_is_failed),),
    ),
    Planted("a job is forgotten on conflict", Parts(work=ForgetsRequests)),
    Planted("a commit of unknown fate is sent again", Parts(changed=_committer(SendsAgain))),
    Planted(
        "nothing guards what counts towards a limit",
        patches=((intent, "limit_guard", lambda _: None),),
    ),
    Planted(
        "a refund is sent before a second person approves it",
        patches=((issue, "REFUND_NOT_SENT", frozenset()),),
    ),
    Planted(
        "a refund made at the gateway is not booked",
        patches=((refund_reports, "_add_foreign", lambda *_: None),),
    ),
)


def first_seed(planted: Planted, most: int = 1000) -> Outcome | None:
    """The first history that the fault breaks."""
    with planted.installed() as parts:
        outcomes = (run_seed(seed, parts) for seed in range(most))
        return next((each for each in outcomes if each.violation), None)


if __name__ == "__main__":
    quiet()
    for each in PLANTED:
        found = first_seed(each)
        seed, violation = (found.plan.seed, found.violation) if found else ("none", "not found")
        print(f"| {each.name} | {seed} | {violation} |")  # noqa: T201
