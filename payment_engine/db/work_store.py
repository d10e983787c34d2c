"""What processes share beside payments: jobs, messages, received webhooks and breakers.

The port behind which these are. PostgreSQL is there in production, tables in memory in the
simulator; both pass one contract suite.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from payment_engine.db import (
    downtimes,
    inbox,
    job_pauses,
    jobs,
    outbox,
    quarantine,
    routes,
    unmatched,
)
from payment_engine.db.connection import Database
from payment_engine.db.job_queues import Queue
from payment_engine.db.jobs import ClaimedJob, JobEnd
from payment_engine.db.outbox import ClaimedMessage, MessageEnd
from payment_engine.db.quarantine import QuarantinedWebhook
from payment_engine.db.routes import Backoff
from payment_engine.db.unmatched import Report
from payment_engine.domain.commit import WebhookReceipt
from payment_engine.domain.downtime import End, Provider
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.routing import RouteKey, RoutingState


class WorkStore(Protocol):
    """Each method is one statement, or one transaction."""

    async def claim_jobs(
        self, now: datetime, lease: timedelta, limit: int, queue: Queue
    ) -> list[ClaimedJob]:
        """Lease due jobs of a queue that nobody else has."""

    async def end_jobs(self, ends: Sequence[JobEnd]) -> Sequence[None]:
        """Release jobs that ran."""

    async def enqueue(
        self, kind: JobKind, subject: str, run_at: datetime, gateway: str | None = None
    ) -> None:
        """Request a job; if it exists, the earlier time wins."""

    async def hasten_checks(self, now: datetime, since: datetime, until: datetime) -> int:
        """Make the checks due of attempts without an answer that were created in between."""

    async def read_pauses(self) -> dict[str, datetime]:
        """Until when each kind of job waits that people on call have paused."""

    async def claim_messages(
        self,
        now: datetime,
        lease: timedelta,
        limit: int,
        *,
        per_shop: int,
        busy: Mapping[str, int],
    ) -> list[ClaimedMessage]:
        """Lease due messages, none before an earlier one of the same payment."""

    async def end_messages(self, ends: Sequence[MessageEnd]) -> Sequence[None]:
        """Mark messages as delivered, dead or to be sent again."""

    async def store_webhook(self, receipt: WebhookReceipt) -> bool:
        """Store a webhook, with a job if it is to be handled; False if it was stored before."""

    async def webhook(self, webhook_id: str) -> WebhookReceipt:
        """A stored webhook."""

    async def webhook_handled(self, webhook_id: str, at: datetime) -> None:
        """Record that what a stored webhook reports is applied."""

    async def quarantine(self, webhook: QuarantinedWebhook, most: int) -> bool:
        """Store a webhook that cannot be trusted or read; False if there is no room."""

    async def store_unmatched(self, gateway: str, reports: Sequence[Report], now: datetime) -> None:
        """Store what a gateway reported of charges and refunds that are unknown, each once."""

    async def read_routes(self) -> RoutingState:
        """Every route that was ever set, every breaker that was ever open, and what is down."""

    async def open_breaker(self, route: RouteKey, now: datetime, backoff: Backoff) -> bool:
        """Open a route's breaker; returns whether this call opened it."""

    async def take_probe(self, route: RouteKey, now: datetime, lease: timedelta) -> bool:
        """Take an open breaker's probe, if it is due."""

    async def give_back_probe(self, route: RouteKey, now: datetime) -> None:
        """Let the next charge probe."""

    async def close_breaker(self, route: RouteKey, now: datetime) -> bool:
        """Close a route's breaker; returns whether this call closed it."""

    async def provider_ends(self, provider: Provider, now: datetime) -> list[End]:
        """How the latest attempts through a bank, UPI app or wallet ended, in order."""

    async def begin_downtime(self, provider: Provider, now: datetime) -> bool:
        """Mark a bank, UPI app or wallet as down; returns whether this call did."""

    async def probe_provider(self, provider: Provider, now: datetime) -> bool:
        """Take the probe of a provider that is down, if it is due."""

    async def end_downtime(self, provider: Provider, now: datetime) -> bool:
        """A provider is up again; returns whether this call ended its downtime."""


class PostgresWorkStore:
    """The work store of production."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def claim_jobs(
        self, now: datetime, lease: timedelta, limit: int, queue: Queue
    ) -> list[ClaimedJob]:
        """Lease due jobs of a queue that nobody else has."""
        return await jobs.claim(self._db.connection, now, lease, limit, queue)

    async def end_jobs(self, ends: Sequence[JobEnd]) -> Sequence[None]:
        """Release jobs that ran."""
        return await jobs.end(self._db, ends)

    async def enqueue(
        self, kind: JobKind, subject: str, run_at: datetime, gateway: str | None = None
    ) -> None:
        """Request a job; if it exists, the earlier time wins."""
        await jobs.enqueue(self._db.connection, kind, subject, run_at, gateway)

    async def hasten_checks(self, now: datetime, since: datetime, until: datetime) -> int:
        """Make the checks due of attempts without an answer that were created in between."""
        return await jobs.hasten_checks(self._db.connection, now, since, until)

    async def read_pauses(self) -> dict[str, datetime]:
        """Until when each kind of job waits that people on call have paused."""
        return await job_pauses.read_pauses(self._db.connection)

    async def claim_messages(
        self,
        now: datetime,
        lease: timedelta,
        limit: int,
        *,
        per_shop: int,
        busy: Mapping[str, int],
    ) -> list[ClaimedMessage]:
        """Lease due messages, none before an earlier one of the same payment."""
        db = self._db.connection
        return await outbox.claim(db, now, lease, limit, per_shop=per_shop, busy=busy)

    async def end_messages(self, ends: Sequence[MessageEnd]) -> Sequence[None]:
        """Mark messages as delivered, dead or to be sent again."""
        return await outbox.end(self._db, ends)

    async def store_webhook(self, receipt: WebhookReceipt) -> bool:
        """Store a webhook, with a job if it is to be handled; False if it was stored before."""
        return await inbox.store_webhook(self._db, receipt)

    async def webhook(self, webhook_id: str) -> WebhookReceipt:
        """A stored webhook; raises DoesNotExist."""
        return await inbox.read_webhook(webhook_id)

    async def webhook_handled(self, webhook_id: str, at: datetime) -> None:
        """Record that what a stored webhook reports is applied."""
        await inbox.webhook_handled(webhook_id, at)

    async def quarantine(self, webhook: QuarantinedWebhook, most: int) -> bool:
        """Store a webhook that cannot be trusted or read; False if there is no room."""
        return await quarantine.store(self._db, webhook, most)

    async def store_unmatched(self, gateway: str, reports: Sequence[Report], now: datetime) -> None:
        """Store what a gateway reported of charges and refunds that are unknown, each once."""
        await unmatched.store(self._db, gateway, reports, now)

    async def read_routes(self) -> RoutingState:
        """Every route that was ever set, every breaker that was ever open, and what is down."""
        return await routes.read_routes(self._db.connection)

    async def open_breaker(self, route: RouteKey, now: datetime, backoff: Backoff) -> bool:
        """Open a route's breaker; returns whether this call opened it."""
        return await routes.open_breaker(self._db.connection, route, now, backoff)

    async def take_probe(self, route: RouteKey, now: datetime, lease: timedelta) -> bool:
        """Take an open breaker's probe, if it is due."""
        return await routes.take_probe(self._db.connection, route, now, lease)

    async def give_back_probe(self, route: RouteKey, now: datetime) -> None:
        """Let the next charge probe."""
        await routes.give_back_probe(self._db.connection, route, now)

    async def close_breaker(self, route: RouteKey, now: datetime) -> bool:
        """Close a route's breaker; returns whether this call closed it."""
        return await routes.close_breaker(self._db.connection, route, now)

    async def provider_ends(self, provider: Provider, now: datetime) -> list[End]:
        """How the latest attempts through a bank, UPI app or wallet ended, in order."""
        return await downtimes.provider_ends(self._db.connection, provider, now)

    async def begin_downtime(self, provider: Provider, now: datetime) -> bool:
        """Mark a bank, UPI app or wallet as down; returns whether this call did."""
        return await downtimes.begin_downtime(self._db.connection, provider, now)

    async def probe_provider(self, provider: Provider, now: datetime) -> bool:
        """Take the probe of a provider that is down, if it is due."""
        return await downtimes.probe_provider(self._db.connection, provider, now)

    async def end_downtime(self, provider: Provider, now: datetime) -> bool:
        """A provider is up again; returns whether this call ended its downtime."""
        return await downtimes.end_downtime(self._db.connection, provider, now)
