"""What must be true after every commit, of every answer, and at the end."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payment_engine.db.errors import database_away
from payment_engine.domain.commit import Commit
from payment_engine.domain.errors import EngineError, Internal
from payment_engine.domain.events import EventType
from payment_engine.domain.invariants import Books, breaches
from payment_engine.domain.payment import Attempt, Refund, Snapshot
from payment_engine.domain.states import (
    ATTEMPT_FINAL,
    REFUND_NOT_SENT,
    AttemptStatus,
    PaymentStatus,
    RefundStatus,
)
from payment_engine.simulator.bank import TrueCharge

if TYPE_CHECKING:
    from payment_engine.simulator.process import Process
    from payment_engine.simulator.world import World

_NEARLY_A_DAY = timedelta(hours=23, minutes=59)
"""The clocks of processes differ by seconds."""


class Checks:
    """Holds the books of one world against the truth at its gateways."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.claims: dict[tuple[str, str], tuple[Process, float]] = {}
        """Which process works on a job or message, since when."""
        self.last_move = 0.0
        """When an attempt or refund last changed its status."""
        self._closed: set[str] = set()
        self._started: list[datetime] = []
        """When customers started attempts; without those that a gateway sent elsewhere."""
        self.denied: set[str] = set()
        """References for which a gateway has reported, rightly or not, that it has no charge."""
        self.hidden: set[str] = set()
        """The references of charges of which a gateway did not show a refund that it made, or made
        one without us."""
        self.requests: dict[tuple[str, str], tuple[float, datetime]] = {}
        """When a job was last requested, and for which time."""
        self._events: set[tuple[str, str]] = set()
        self._charges: set[tuple[str, str]] = set()
        self._answers: dict[str, Any] = {}

    def committed(self, change: Commit) -> None:
        """A change was written: the payment adds up, and agrees with its gateways."""
        world = self._world
        world.trace(f"commit {change.payment.id}: {', '.join(e.type for e in change.events)}")
        self.last_move = world.loop.time()
        for sentence in breaches(self._books(change.payment.id)):
            world.broken(sentence)
        for attempt in change.attempts:
            self._no_more_than_taken(attempt)
            self._failed_rightly(attempt)
        self._not_superseded(change)
        self._within_limit(change)
        for job in change.jobs:
            self.requests[job.kind, job.subject] = self.last_move, job.run_at
        for gone in change.withdrawn:
            self.requests.pop((gone.kind, gone.subject), None)
        for refund in change.refunds:
            self._no_more_than_returned(change.snapshot, refund)
        if change.webhook:
            self._once((change.webhook.gateway, change.webhook.event_id))

    def overdrawn(self, charge: TrueCharge, amount: int) -> None:
        """A refund is over more than is left, and its gateway did not hide what is gone."""
        if charge.ref not in self.hidden:
            self._world.broken(f"a refund of {amount} paise of {charge.refundable} that are left")

    def job_ended(self, kind: str, subject: str, began: float) -> None:
        """A run of a job ended: a request since it began is not forgotten."""
        job = self._world.tables.jobs.get((kind, subject))
        requested = self.requests.get((kind, subject))
        if requested is None or requested[0] <= began:
            return
        if job is None or job.run_at > requested[1]:
            self._world.broken(f"{kind} {subject} was requested while it ran, and is forgotten")

    def charging(self, gateway: str, ref: str, *, again: bool) -> None:
        """A charge leaves: where one reference could be charged twice, it leaves once."""
        if (gateway, ref) in self._charges and not again:
            self._world.broken(f"charge {ref} is sent to {gateway} a second time")
        self._charges.add((gateway, ref))

    def refunding(self, ref: str) -> None:
        """A refund leaves: nobody has yet to approve it, and nobody has rejected it."""
        refund = self._world.tables.refunds[f"rfd_{ref}"]
        if refund.status in REFUND_NOT_SENT:
            self._world.broken(f"{refund.id} is {refund.status}, and is sent")

    def acknowledged(self, document: Mapping[str, Any]) -> None:
        """Somebody got a payment's document: what it says was paid was taken."""
        attempts = self._world.tables.attempts.values()
        own = [each for each in attempts if each.payment_id == document["id"]]
        taken = sum(true.captured for each in own if (true := self._true(each)))
        if document["id"] not in self._world.tables.payments:
            self._world.broken(f"{document['id']} was answered and is not stored")
        if document["amount_captured"] > taken:
            self._world.broken(
                f"{document['id']} is answered with {document['amount_captured']} paise captured, "
                f"its gateways have {taken}"
            )

    def answered(self, error: Exception) -> None:
        """A call failed: only as the API documents."""
        expected = isinstance(error, EngineError) and not isinstance(error, Internal)
        if not (expected or database_away(error) or type(error).__name__ == "Gone"):
            self._world.broken(f"an unexpected error: {error!r}")

    def replied(self, key: str, resource_id: str, document: Mapping[str, Any]) -> None:
        """A call under a key was answered: with what is stored, and always the same."""
        tables = self._world.tables
        if resource_id not in {*tables.payments, *tables.attempts, *tables.refunds}:
            self._world.broken(f"{resource_id} was answered and is not stored")
        if self._answers.setdefault(key, document) != document:
            self._world.broken(f"the key {key} has two answers")

    def final(self) -> Iterator[str]:
        """A line for whatever is not as it must be in the end."""
        tables = self._world.tables
        for payment_id in tables.payments:
            snapshot = self._world.payments.snapshot(payment_id)
            yield from breaches(self._books(payment_id))
            yield from self._final(snapshot)
            yield from self._shop_knows(snapshot)
        yield from self._orders()
        for job in tables.jobs.values():
            yield f"the job {job.kind} {job.subject} is left, last error {job.last_error}"

    def _books(self, payment_id: str) -> Books:
        snapshot, tables = self._world.payments.snapshot(payment_id), self._world.tables
        rows = {row.id for row in snapshot.rows}
        return Books(
            snapshot=snapshot,
            jobs={key for key in tables.jobs if key[1] in rows},
            sequences=[each.message.sequence for each in tables.messages.get(payment_id, ())],
            events=tables.events[payment_id],
        )

    def _true(self, attempt: Attempt) -> TrueCharge | None:
        return self._world.banks[attempt.gateway].charges.get(attempt.ref)

    def _no_more_than_taken(self, attempt: Attempt) -> None:
        true = self._true(attempt)
        taken = true.captured if true else 0
        if attempt.amount_captured > taken:
            self._world.broken(
                f"{attempt.id} has captured {attempt.amount_captured} paise, {attempt.gateway} "
                f"has {taken}"
            )

    def _not_superseded(self, change: Commit) -> None:
        """A closed payment is paid late only while its order has no newer one."""
        payment, newer = change.payment, False
        if payment.closing:
            self._closed.add(payment.id)
        elif payment.id in self._closed:
            others = self._world.tables.payments.values()
            newer = any(
                each.order_id == payment.order_id and each.created_at > payment.created_at
                for each in others
            )
        if newer:
            self._world.broken(f"{payment.id} is paid late, its order has a newer payment")

    def _within_limit(self, change: Commit) -> None:
        """The customer starts no more attempts within a day than somebody allowed."""
        types = {each.type for each in change.events}
        if EventType.ATTEMPT_CREATED not in types or EventType.ATTEMPT_REROUTED in types:
            return
        now, most = self._world.now(), self._world.plan.most_attempts
        self._started.append(now)
        started = sum(each > now - _NEARLY_A_DAY for each in self._started)
        if most is not None and started > most:
            self._world.broken(f"{started} attempts were started within a day, {most} are allowed")

    def _failed_rightly(self, attempt: Attempt) -> None:
        """Unknown is not failed: its gateway declined it, denied that there is one, or has none."""
        true = self._true(attempt)
        failed = attempt.status is AttemptStatus.FAILED
        if failed and true and not true.ever_failed and attempt.ref not in self.denied:
            self._world.broken(f"{attempt.id} is failed, its gateway has it as {true.status}")

    def _no_more_than_returned(self, snapshot: Snapshot, refund: Refund) -> None:
        true = self._true(snapshot.attempt(refund.attempt_id))
        returned = true.refunds.get(refund.gateway_knows_it_as) if true else None
        if refund.status is RefundStatus.SUCCEEDED and not (returned and returned.was_done):
            self._world.broken(f"{refund.id} has succeeded, its gateway returned nothing")

    def _once(self, event: tuple[str, str]) -> None:
        if event in self._events:
            self._world.broken(f"event {event[1]} of {event[0]} was applied twice")
        self._events.add(event)

    def _final(self, snapshot: Snapshot) -> Iterator[str]:
        for attempt in snapshot.attempts:
            if not attempt.review:
                yield from self._attempt_final(snapshot, attempt)
        for refund in snapshot.refunds:
            if not refund.review:
                yield from self._refund_final(snapshot, refund)
        yield from self._refunds_booked(snapshot)

    def _attempt_final(self, snapshot: Snapshot, attempt: Attempt) -> Iterator[str]:
        true = self._true(attempt)
        taken = true.captured if true else 0
        waits_for_shop = (
            attempt.status is AttemptStatus.AUTHORIZED and snapshot.payment.capture == "manual"
        )
        if attempt.status not in ATTEMPT_FINAL and not waits_for_shop:
            yield f"{attempt.id} is still {attempt.status}, and not under review"
        if attempt.amount_captured != taken:
            yield f"{attempt.id} has {attempt.amount_captured} paise, its gateway {taken}"
        back = sum(
            each.amount
            for each in snapshot.refunds
            if each.attempt_id == attempt.id and each.status is RefundStatus.SUCCEEDED
        )
        if attempt.amount_captured and not attempt.elected and back != attempt.amount_captured:
            yield f"{attempt.id} pays nothing, {back} of {taken} paise went back"

    def _refund_final(self, snapshot: Snapshot, refund: Refund) -> Iterator[str]:
        true = self._true(snapshot.attempt(refund.attempt_id))
        returned = true.refunds.get(refund.gateway_knows_it_as) if true else None
        if refund.status in REFUND_NOT_SENT and returned is None:
            return
        theirs = returned.status if returned else RefundStatus.FAILED
        if refund.status is not theirs:
            yield f"{refund.id} is {refund.status}, at its gateway {theirs}"

    def _refunds_booked(self, snapshot: Snapshot) -> Iterator[str]:
        """Every refund that a gateway made has a row, also one that it made without us."""
        booked = {(each.attempt_id, each.gateway_knows_it_as) for each in snapshot.refunds}
        for attempt in snapshot.attempts:
            true = self._true(attempt)
            for each in true.refunds.values() if true and not attempt.review else ():
                done = each.status is RefundStatus.SUCCEEDED
                if done and (attempt.id, each.ref) not in booked:
                    yield f"{each.ref} of {each.amount} paise of {attempt.id} is in no row"

    def _shop_knows(self, snapshot: Snapshot) -> Iterator[str]:
        payment = snapshot.payment
        received = self._world.shop.received.get(payment.id, [])
        if len(received) != payment.sequence:
            yield f"the shop has {len(received)} messages of {payment.sequence} for {payment.id}"
        elif received and received[-1][1]["status"] != payment.status:
            yield f"the shop has {payment.id} as {received[-1][1]['status']}"

    def _orders(self) -> Iterator[str]:
        paid: dict[str, str] = {}
        for payment in self._world.tables.payments.values():
            if payment.status is PaymentStatus.PAID:
                if payment.order_id in paid:
                    yield f"{payment.order_id} is paid by {payment.id} and {paid[payment.order_id]}"
                paid[payment.order_id] = payment.id
