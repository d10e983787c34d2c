"""Jobs, messages, webhooks and breakers in memory: the same as PostgreSQL does, and no I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import orjson

from payment_engine.db import processes
from payment_engine.db.job_queues import Queue
from payment_engine.db.jobs import ClaimedJob, JobEnd
from payment_engine.db.outbox import ClaimedMessage, MessageEnd
from payment_engine.db.quarantine import NOT_UNDERSTOOD, QuarantinedWebhook
from payment_engine.db.routes import Backoff
from payment_engine.db.unmatched import Report
from payment_engine.domain.commit import JobRequest, WebhookReceipt
from payment_engine.domain.downtime import PROBE_EVERY, WINDOW, Downtime, End, Provider, end_of
from payment_engine.domain.events import MessageState
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.routing import BreakerState, BreakerStatus, RouteKey, RoutingState
from payment_engine.domain.states import ATTEMPT_SUCCEEDED, AttemptStatus
from payment_engine.domain.upi_policy import FLOWS
from payment_engine.simulator.tables import StoredJob, StoredMessage, Tables

READY = MessageState.READY


class MemoryWorkStore:
    """A work store whose tables are dictionaries. ``notify_urls``: the address of each merchant."""

    def __init__(self, tables: Tables, notify_urls: Mapping[str, str | None]) -> None:
        self.tables = tables
        self.breakers: dict[RouteKey, BreakerState] = {}
        self.downtimes: dict[Provider, Downtime] = {}
        self.last_up: dict[Provider, datetime] = {}
        self.quarantined: dict[tuple[str, bytes], QuarantinedWebhook] = {}
        self.unmatched: dict[tuple[str, str, str], int] = {}
        """How often each was reported."""
        self._notify_urls = notify_urls

    async def claim_jobs(
        self, now: datetime, lease: timedelta, limit: int, queue: Queue
    ) -> list[ClaimedJob]:
        """Lease due jobs of a queue that nobody else has."""
        due = [job for job in self.tables.jobs.values() if _is_due(job, now) and _in(queue, job)]
        due.sort(key=lambda job: job.run_at)
        return [_claimed(job, now + lease) for job in due[:limit]]

    async def end_jobs(self, ends: Sequence[JobEnd]) -> list[None]:
        """Release jobs that ran; one whose lease was taken is left to who took it."""
        jobs = {job.id: job for job in self.tables.jobs.values()}
        for end in ends:
            job = jobs.get(end.job.id)
            if job and job.lease_until == end.job.lease_until:
                self._end_job(job, end)
        return [None] * len(ends)

    async def enqueue(
        self, kind: JobKind, subject: str, run_at: datetime, gateway: str | None = None
    ) -> None:
        """Request a job; if it exists, the earlier time wins."""
        self.tables.request_job(
            JobRequest(kind=kind, subject=subject, run_at=run_at, gateway=gateway)
        )

    async def hasten_checks(self, now: datetime, since: datetime, until: datetime) -> int:
        """Make the checks due of attempts without an answer that were created in between."""
        unanswered = {
            attempt.id
            for attempt in self.tables.attempts.values()
            if attempt.status is AttemptStatus.CREATED
            and attempt.method not in FLOWS
            and since <= attempt.created_at <= until
        }
        later = [
            job
            for job in self.tables.jobs.values()
            if job.kind == JobKind.CHECK_CHARGE
            and job.subject in unanswered
            and job.run_at > now
            and job.lease_until is None
        ]
        for job in later:
            job.run_at = now
        return len(later)

    async def read_pauses(self) -> dict[str, datetime]:
        """Nobody on call is simulated."""
        return {}

    async def claim_messages(
        self,
        now: datetime,
        lease: timedelta,
        limit: int,
        *,
        per_shop: int,
        busy: Mapping[str, int],
    ) -> list[ClaimedMessage]:
        """Lease due messages, none before an earlier one of the same payment; merchants with the
        fewest under way go first."""
        due: list[StoredMessage] = []
        for merchant_id in sorted(self._notify_urls, key=lambda each: busy.get(each, 0)):
            room = max(per_shop - busy.get(merchant_id, 0), 0)
            due += sorted(self._due_of(merchant_id, now), key=_in_turn)[:room]
        return [self._claimed(each, now + lease) for each in due[:limit]]

    async def end_messages(self, ends: Sequence[MessageEnd]) -> list[None]:
        """Mark messages as delivered, dead or to be sent again."""
        ended = [found for end in ends if (found := self._ended(end))]
        ids = {stored.message.id for stored, _ in ended}
        for stored, end in ended:
            self._end_message(stored, end, ids)
        return [None] * len(ends)

    async def store_webhook(self, receipt: WebhookReceipt) -> bool:
        """Store a webhook, with a job if it is to be handled; False if it was stored before."""
        key = (receipt.gateway, receipt.event_id)
        if key in self.tables.webhooks:
            return False
        self.tables.webhooks[key] = receipt
        if receipt.handled_at is None:
            at, gateway = receipt.received_at, receipt.gateway
            await self.enqueue(JobKind.HANDLE_WEBHOOK, receipt.id, at, gateway)
        return True

    async def webhook(self, webhook_id: str) -> WebhookReceipt:
        """A stored webhook."""
        return next(each for each in self.tables.webhooks.values() if each.id == webhook_id)

    async def webhook_handled(self, webhook_id: str, at: datetime) -> None:
        """Record that what a stored webhook reports is applied."""
        row = await self.webhook(webhook_id)
        self.tables.webhooks[row.gateway, row.event_id] = replace(row, handled_at=at)

    async def quarantine(self, webhook: QuarantinedWebhook, most: int) -> bool:
        """Store a webhook that cannot be trusted or read; False if there is no room."""
        key, misread = (webhook.gateway, webhook.fingerprint), webhook.cause == NOT_UNDERSTOOD
        alike = [
            each
            for each in self.quarantined.values()
            if each.gateway == webhook.gateway and (each.cause == NOT_UNDERSTOOD) == misread
        ]
        if key not in self.quarantined and len(alike) >= most:
            return False
        known = self.quarantined.setdefault(key, webhook)
        self.quarantined[key] = replace(known, cause=webhook.cause)
        return True

    async def store_unmatched(self, gateway: str, reports: Sequence[Report], now: datetime) -> None:
        """Store what a gateway reported of charges and refunds that are unknown, each once."""
        for each in reports:
            key = (gateway, each.kind, each.reference)
            self.unmatched[key] = self.unmatched.get(key, 0) + 1

    async def read_routes(self) -> RoutingState:
        """Every breaker that was ever open, and what is down; no route was ever set."""
        return RoutingState(breakers=dict(self.breakers), downtimes=dict(self.downtimes))

    async def open_breaker(self, route: RouteKey, now: datetime, backoff: Backoff) -> bool:
        """Open a route's breaker; returns whether this call opened it."""
        known = self.breakers.get(route)
        if known and known.state is BreakerStatus.OPEN:
            return False
        wait, failures = backoff.first, 0
        if known:
            failures = known.failures
            wait = min(wait * (1 << min(failures, backoff.most_doublings)), backoff.longest)
        self.breakers[route] = BreakerState(
            state=BreakerStatus.OPEN, failures=failures + 1, probe_at=now + wait
        )
        return True

    async def take_probe(self, route: RouteKey, now: datetime, lease: timedelta) -> bool:
        """Take an open breaker's probe, if it is due."""
        known = self.breakers.get(route)
        if known is None or known.closed or known.probe_at is None or known.probe_at > now:
            return False
        half = BreakerStatus.HALF_OPEN
        self.breakers[route] = replace(known, state=half, probe_at=now + lease)
        return True

    async def give_back_probe(self, route: RouteKey, now: datetime) -> None:
        """Let the next charge probe."""
        known = self.breakers.get(route)
        if known and known.state is BreakerStatus.HALF_OPEN:
            self.breakers[route] = replace(known, state=BreakerStatus.OPEN, probe_at=now)

    async def close_breaker(self, route: RouteKey, now: datetime) -> bool:
        """Close a route's breaker; returns whether this call closed it."""
        known = self.breakers.get(route)
        if known is None or known.closed:
            return False
        self.breakers[route] = BreakerState()
        return True

    async def provider_ends(self, provider: Provider, now: datetime) -> list[End]:
        """How the latest attempts through a provider ended, in order."""
        ends = []
        for each in self.tables.attempts.values():
            at = each.settled_at or each.created_at
            ended = each.status in ATTEMPT_SUCCEEDED or each.status is AttemptStatus.FAILED
            counts = at > max(now - WINDOW, self.last_up.get(provider, at - WINDOW))
            if ended and counts and (each.method, each.choice) == provider:
                payment = self.tables.payments[each.payment_id]
                customer = f"{payment.merchant_id} {payment.customer_ref}"
                ends.append(end_of(each.status, each.decline_code, at, customer))
        return sorted(filter(None, ends), key=lambda end: end.at)

    async def begin_downtime(self, provider: Provider, now: datetime) -> bool:
        """Mark a provider as down; returns whether this call did."""
        if provider in self.downtimes:
            return False
        self.downtimes[provider] = Downtime(now, now + PROBE_EVERY)
        return True

    async def probe_provider(self, provider: Provider, now: datetime) -> bool:
        """Take the probe of a provider that is down, if it is due."""
        known = self.downtimes.get(provider)
        if known is None or not known.admits(now):
            return False
        self.downtimes[provider] = replace(known, probe_at=now + PROBE_EVERY)
        return True

    async def end_downtime(self, provider: Provider, now: datetime) -> bool:
        """A provider is up again; returns whether this call ended its downtime."""
        if provider not in self.downtimes:
            return False
        del self.downtimes[provider]
        self.last_up[provider] = now
        return True

    def _end_job(self, job: StoredJob, end: JobEnd) -> None:
        requested = job.attempts != end.job.attempts
        if end.again is None and not requested:
            del self.tables.jobs[job.kind, job.subject]
            return
        job.lease_until, job.last_error = None, end.error
        job.suspended_at = None if requested else end.suspended_at
        if end.again is None:
            return
        job.run_at = min(job.run_at, end.again) if requested else end.again
        if end.error is None:
            job.attempts = 0

    def _due_of(self, merchant_id: str, now: datetime) -> Iterable[StoredMessage]:
        """The first message of each payment that is ready, if it is due and not leased."""
        for of_payment in self.tables.messages.values():
            first = next((each for each in of_payment if each.state is READY), None)
            if first is None or first.message.merchant_id != merchant_id or first.run_at > now:
                continue
            if first.lease_until is None or first.lease_until < now:
                yield first

    def _claimed(self, stored: StoredMessage, lease_until: datetime) -> ClaimedMessage:
        stored.lease_until, stored.attempts = lease_until, stored.attempts + 1
        message = stored.message
        return ClaimedMessage(
            id=message.id,
            merchant_id=message.merchant_id,
            payment_id=message.payment_id,
            type=message.type,
            body=orjson.dumps(message.body).decode(),
            attempts=stored.attempts,
            created_at=message.created_at,
            lease_until=lease_until,
            notify_url=self._notify_urls[message.merchant_id],
        )

    def _ended(self, end: MessageEnd) -> tuple[StoredMessage, MessageEnd] | None:
        of_payment = self.tables.messages.get(end.message.payment_id, ())
        for stored in of_payment:
            leased = stored.lease_until == end.message.lease_until
            if stored.message.id == end.message.id and leased and stored.state is READY:
                return stored, end
        return None

    def _end_message(self, stored: StoredMessage, end: MessageEnd, ended: set[str]) -> None:
        """What waits behind a message that is sent again waits as long as it; once that one is
        over, what waits is due."""
        due = stored.run_at
        stored.state, stored.lease_until = end.state, None
        stored.run_at, stored.delivered_at = end.run_at or due, end.delivered_at
        stored.last_error = end.error or stored.last_error
        for later in self.tables.messages[stored.message.payment_id]:
            behind = later.message.sequence > stored.message.sequence
            if not behind or later.state is not READY or later.message.id in ended:
                continue
            if end.state is READY and end.run_at:
                later.run_at = max(later.run_at, end.run_at)
            else:
                later.run_at = min(later.run_at, due)


class MemoryProcesses:
    """The heartbeats of processes, by the database's clock."""

    def __init__(self, tables: Tables, now: Callable[[], datetime]) -> None:
        self._tables = tables
        self._now = now

    async def fetch(self, statement: str, *values: object) -> list[dict[str, float]]:
        """Run one of the two statements of ``db/processes.py``; no clock is compared with this."""
        process_id = str(values[0])
        if statement == processes.BEAT:
            self._tables.heartbeats[process_id] = self._now()
        elif statement == processes.STOP:
            self._tables.heartbeats.pop(process_id, None)
        return []


def _is_due(job: StoredJob, now: datetime) -> bool:
    free = job.lease_until is None or job.lease_until < now
    return free and job.suspended_at is None and job.run_at <= now


def _in(queue: Queue, job: StoredJob) -> bool:
    webhook = job.kind == JobKind.HANDLE_WEBHOOK
    match queue.kind:
        case "webhooks":
            return webhook
        case "webhook":
            return webhook and job.subject == queue.value
        case "look":
            return job.kind == JobKind.CONFIRM_CHARGE and job.subject == queue.value
        case "gateway":
            return not webhook and (job.gateway or "") == queue.value
        case "rest":
            return not webhook and (job.gateway or "") not in (queue.value or ())


def _claimed(job: StoredJob, lease_until: datetime) -> ClaimedJob:
    job.lease_until, job.attempts = lease_until, job.attempts + 1
    return ClaimedJob(
        id=job.id,
        kind=job.kind,
        subject=job.subject,
        attempts=job.attempts,
        lease_until=lease_until,
    )


def _in_turn(stored: StoredMessage) -> tuple[datetime, str]:
    return stored.run_at, stored.message.id
