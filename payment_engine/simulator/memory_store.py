"""The payment store in memory: the same answers and refusals as PostgreSQL, and no I/O."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from payment_engine.domain.card_testing import DeclineTimes
from payment_engine.domain.commit import (
    Commit,
    CommitResult,
    KeyRow,
)
from payment_engine.domain.events import MessageState
from payment_engine.domain.payment import Attempt, Payment, Refund, Snapshot
from payment_engine.domain.states import PAYMENT_UNPAID, PaymentStatus
from payment_engine.domain.store import (
    BatchRefused,
    CustomerLimits,
    DeclineQuery,
    Load,
    Loaded,
)
from payment_engine.simulator.constraints import (
    ATTEMPT_UNIQUE,
    KEY_CHECKS,
    PAYMENT_UNIQUE,
    REFUND_UNIQUE,
    Broken,
    check_rows,
    check_unique,
)
from payment_engine.simulator.tables import StoredMessage, Tables

_HEARTBEAT_LASTS = timedelta(seconds=10)
_COUNTED = (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.PAID)


class MemoryPaymentStore:
    """A payment store whose tables are dictionaries."""

    def __init__(self, now: Callable[[], datetime], tables: Tables | None = None) -> None:
        self.tables = tables or Tables()
        self._now = now
        self._attempts_of: defaultdict[str, list[str]] = defaultdict(list)
        self._refunds_of: defaultdict[str, list[str]] = defaultdict(list)
        self._payments_of_order: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._written: set[tuple[str, str]] = set()

    async def load(self, loads: Sequence[Load]) -> list[Loaded | None]:
        """The payments asked for, in that order; None for one that does not exist."""
        return [self._load(load) for load in loads]

    async def commit(self, batch: Sequence[Commit]) -> list[CommitResult]:
        """Write each change whole or not at all; one broken rule refuses the batch."""
        try:
            for change in batch:
                if change.expected is None or self._refusal(change) is None:
                    self._check(change)
        except Broken as broken:
            raise BatchRefused("IntegrityError", str(broken)) from None
        return [self._commit(change) for change in batch]

    async def was_written(self, payment_id: str, change_id: str) -> bool:
        """Whether the change of this id was committed."""
        return (payment_id, change_id) in self._written

    async def key(self, merchant_id: str, key: str) -> KeyRow | None:
        """The earlier use of an Idempotency-Key."""
        return self.tables.keys.get((merchant_id, key))

    async def add_key(self, row: KeyRow) -> bool:
        """Store a key with its answer, for a call that changes nothing; False if it was used."""
        if (row.merchant_id, row.key) in self.tables.keys:
            return False
        self.tables.keys[row.merchant_id, row.key] = row
        return True

    async def ids_of_order(self, merchant_id: str, order_id: str) -> list[str]:
        """The ids of every payment of an order, oldest first."""
        of_order = self._payments_of_order[merchant_id, order_id]
        found = [self.tables.payments[each] for each in of_order]
        return [each.id for each in sorted(found, key=lambda each: each.created_at)]

    async def versions(self, payment_ids: Collection[str]) -> dict[str, int]:
        """The version of each of these payments that exists."""
        payments = self.tables.payments
        return {each: payments[each].version for each in payment_ids if each in payments}

    def snapshot(self, payment_id: str) -> Snapshot:
        """A payment as it is stored; raises KeyError."""
        payment = self.tables.payments[payment_id]
        config = self.tables.customers.get(payment.customer_key)
        unpaid = payment.status in PAYMENT_UNPAID
        return Snapshot(
            payment=payment,
            attempts=tuple(self._attempts(payment_id)),
            refunds=tuple(self._refunds(payment_id)),
            hidden_methods=config.hidden_methods if config and unpaid else (),
        )

    def _load(self, load: Load) -> Loaded | None:
        payment_id = self._found(load)
        if payment_id not in self.tables.payments:
            return None
        snapshot = self.snapshot(payment_id)
        key = self.tables.keys.get((load.merchant_id or "", load.key or ""))
        return Loaded(
            snapshot=snapshot,
            superseded=self._superseded(snapshot.payment),
            key=key,
            process_alive=key is not None and key.response is None and self._alive(key.process_id),
            merchant=self.tables.merchants.get(snapshot.payment.merchant_id)
            if load.for_attempt
            else None,
            limits=self._limits(snapshot.payment, load) if load.for_attempt else None,
            declines=self._declines(snapshot.payment, load.declines) if load.declines else None,
        )

    def _declines(self, payment: Payment, query: DeclineQuery) -> DeclineTimes:
        attempts, since = self.tables.attempts.values(), query.since
        declined = [each for each in attempts if each.declined_at and each.declined_at > since]
        payments, origin = self.tables.payments, query.origin
        customer = payment.customer_key
        own = (each for each in declined if payments[each.payment_id].customer_key == customer)
        near = (each for each in declined if each.address_hash == origin.address is not None)
        alike = (each for each in declined if each.bin_hash == origin.bin is not None)
        return DeclineTimes(customer=_times(own), address=_times(near), bin=_times(alike))

    def _found(self, load: Load) -> str:
        if load.find == "payment":
            return load.id
        if load.find == "charge":
            return self._payment_of_charge(load.id)
        rows = self.tables.attempts if load.find == "attempt" else self.tables.refunds
        row = rows.get(load.id)
        return row.payment_id if row else ""

    def _payment_of_charge(self, gateway_payment_id: str) -> str:
        attempts = sorted(self.tables.attempts.values(), key=lambda each: each.id)
        own = (each for each in attempts if each.gateway_payment_id == gateway_payment_id)
        return next((each.payment_id for each in own), "")

    def _superseded(self, payment: Payment) -> bool:
        of_order = self._payments_of_order[payment.merchant_id, payment.order_id]
        return payment.closed_at is not None and any(
            self.tables.payments[other].created_at > payment.created_at for other in of_order
        )

    def _alive(self, process_id: str | None) -> bool:
        heartbeat = self.tables.heartbeats.get(process_id or "")
        return heartbeat is not None and heartbeat > self._now() - _HEARTBEAT_LASTS

    def _limits(self, payment: Payment, load: Load) -> CustomerLimits | None:
        config = self.tables.customers.get((payment.merchant_id, payment.customer_ref))
        if config is None or not config.limits or load.now is None:
            return None
        day_ago = load.now - timedelta(days=1)
        own = [
            other
            for other in self.tables.payments.values()
            if (other.merchant_id, other.customer_ref)
            == (payment.merchant_id, payment.customer_ref)
        ]
        attempts = [
            self.tables.attempts[attempt_id]
            for other in own
            if other.created_at > load.now - timedelta(days=2)
            for attempt_id in self._attempts_of[other.id]
        ]
        paid = sum(
            other.amount
            for other in own
            if other.created_at > day_ago and other.id != payment.id and other.status in _COUNTED
        )
        started = sum(attempt.created_at > day_ago for attempt in attempts)
        return CustomerLimits(
            revision=config.usage_revision,
            limits=dict(config.limits),
            paid_today=paid if "per_day" in config.limits else 0,
            attempts_today=min(started, config.limits.get("attempts_per_day", 0)),
        )

    def _commit(self, change: Commit) -> CommitResult:
        opening = change.expected is None
        refusal = self._refusal_to_open(change) if opening else self._refusal(change)
        if refusal:
            return refusal
        self._write(change)
        return CommitResult.WRITTEN

    def _refusal_to_open(self, change: Commit) -> CommitResult | None:
        payment, tables = change.payment, self.tables
        if change.claim and (change.claim.merchant_id, change.claim.key) in tables.keys:
            return CommitResult.KEY_TAKEN
        if payment.id in tables.payments or self._order_is_taken(payment):
            return CommitResult.ORDER_TAKEN
        return None

    def _order_is_taken(self, payment: Payment) -> bool:
        of_order = self._payments_of_order[payment.merchant_id, payment.order_id]
        others = [self.tables.payments[other] for other in of_order if other != payment.id]
        try:
            check_unique([payment], others, PAYMENT_UNIQUE)
        except Broken:
            return True
        return False

    def _refusal(self, change: Commit) -> CommitResult | None:
        tables = self.tables
        stored = tables.payments.get(change.payment.id)
        if stored is None or stored.revision != change.expected:
            return CommitResult.FASTER
        if change.limits:
            config = tables.customers.get((change.limits.merchant_id, change.limits.customer_ref))
            if config is None or config.usage_revision != change.limits.expected:
                return CommitResult.FASTER
        if change.link:
            wallet = tables.wallets.get(change.link.wallet_id)
            if wallet is None or wallet.state != "linked":
                return CommitResult.LINK_ENDED
        if change.claim and (change.claim.merchant_id, change.claim.key) in tables.keys:
            return CommitResult.KEY_TAKEN
        if change.webhook and (change.webhook.gateway, change.webhook.event_id) in tables.webhooks:
            return CommitResult.EVENT_TAKEN
        return None

    def _check(self, change: Commit) -> None:
        """Raise Broken for the first constraint of the database that the change breaks."""
        payment, tables = change.payment, self.tables
        consents = [change.consent] if change.consent else []
        check_rows([payment], change.attempts, change.refunds, consents)
        for key in (change.claim, change.answer):
            if key and not all(check(key) for check in KEY_CHECKS.values()):
                raise Broken(next(iter(KEY_CHECKS)))
        if change.expected is None:
            return
        if payment.revision != change.expected + 1:
            raise Broken("payment_revision_moves")
        if self._order_is_taken(payment):
            raise Broken(next(iter(PAYMENT_UNIQUE)))
        written = {a.id for a in change.attempts} | {r.id for r in change.refunds}
        attempts = [a for a in self._attempts(payment.id) if a.id not in written]
        check_unique(change.attempts, attempts, ATTEMPT_UNIQUE)
        refunds = [r for r in self._refunds(payment.id) if r.id not in written]
        check_unique(change.refunds, refunds, REFUND_UNIQUE)
        sent = tables.payments[payment.id].sequence
        if any(message.sequence <= sent for message in change.messages):
            raise Broken("uid_outbox_mess_payment_73345a")
        if (payment.id, change.id) in self._written:
            raise Broken("payment_event_by_change")

    def _attempts(self, payment_id: str) -> list[Attempt]:
        return [self.tables.attempts[each] for each in self._attempts_of[payment_id]]

    def _refunds(self, payment_id: str) -> list[Refund]:
        return [self.tables.refunds[each] for each in sorted(self._refunds_of[payment_id])]

    def _write(self, change: Commit) -> None:
        tables, payment = self.tables, change.payment
        if payment.id not in tables.payments:
            self._payments_of_order[payment.merchant_id, payment.order_id].append(payment.id)
        tables.payments[payment.id] = payment
        for attempt in change.attempts:
            if attempt.id not in tables.attempts:
                self._attempts_of[payment.id].append(attempt.id)
            tables.attempts[attempt.id] = attempt
        for refund in change.refunds:
            if refund.id not in tables.refunds:
                self._refunds_of[payment.id].append(refund.id)
            tables.refunds[refund.id] = refund
        self._written.add((payment.id, change.id))
        tables.events.setdefault(payment.id, []).extend(change.events)
        self._write_messages(change)
        self._write_jobs(change)
        self._write_beside(change)

    def _write_messages(self, change: Commit) -> None:
        """A message is due no earlier than those of its payment that wait to be sent again."""
        stored = self.tables.messages.setdefault(change.payment.id, [])
        waiting = [each.run_at for each in stored if each.state is MessageState.READY]
        for message in change.messages:
            stored.append(StoredMessage(message, max([message.run_at, *waiting])))

    def _write_jobs(self, change: Commit) -> None:
        for job in change.jobs:
            self.tables.request_job(job)
        for gone in change.withdrawn:
            self.tables.jobs.pop((gone.kind, gone.subject), None)

    def _write_beside(self, change: Commit) -> None:
        tables = self.tables
        if change.claim:
            tables.keys[change.claim.merchant_id, change.claim.key] = change.claim
        if change.answer:
            key = change.answer.merchant_id, change.answer.key
            known = tables.keys.get(key)
            if known is None or known.response is None:
                tables.keys[key] = change.answer
        if change.webhook:
            tables.webhooks[change.webhook.gateway, change.webhook.event_id] = change.webhook
        if change.limits:
            customer = change.limits.merchant_id, change.limits.customer_ref
            tables.customers[customer].usage_revision += 1
        if change.link:
            wallet = tables.wallets[change.link.wallet_id]
            wallet.state, wallet.ended_at = "expired", change.link.ended_at
        if change.consent:
            tables.consents.append(change.consent)
        for instrument in change.used_instruments:
            tables.instruments_used[instrument] = change.events[0].at


def _times(attempts: Iterable[Attempt]) -> tuple[datetime, ...]:
    """When these attempts were declined, the newest first."""
    return tuple(sorted((each.declined_at for each in attempts if each.declined_at), reverse=True))
