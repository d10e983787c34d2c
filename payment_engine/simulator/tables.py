"""The tables of the payment store in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from payment_engine.domain.commit import (
    ConsentRecord,
    Event,
    JobRequest,
    KeyRow,
    Message,
    WebhookReceipt,
)
from payment_engine.domain.events import MessageState
from payment_engine.domain.payment import Attempt, Payment, Refund
from payment_engine.domain.store import MerchantFacts


@dataclass
class CustomerConfig:
    """The limits of one customer, the revision that guards what counts towards them, and the
    methods that the customer has hidden."""

    limits: dict[str, int]
    usage_revision: int = 1
    hidden_methods: tuple[str, ...] = ()


@dataclass
class LinkedWallet:
    """A wallet link, as far as commits know of it."""

    state: str = "linked"
    ended_at: datetime | None = None


@dataclass
class StoredJob:
    """A job as it is stored."""

    id: int
    kind: str
    subject: str
    run_at: datetime
    gateway: str | None
    attempts: int = 0
    lease_until: datetime | None = None
    suspended_at: datetime | None = None
    last_error: str | None = None


@dataclass
class StoredMessage:
    """A message to an order service, and how its delivery goes."""

    message: Message
    run_at: datetime
    state: MessageState = MessageState.READY
    attempts: int = 0
    lease_until: datetime | None = None
    last_error: str | None = None
    delivered_at: datetime | None = None


@dataclass
class Tables:
    """What is stored."""

    payments: dict[str, Payment] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    """By payment, oldest first."""
    messages: dict[str, list[StoredMessage]] = field(default_factory=dict)
    """By payment, in sequence."""
    jobs: dict[tuple[str, str], StoredJob] = field(default_factory=dict)
    job_ids: int = 0
    keys: dict[tuple[str, str], KeyRow] = field(default_factory=dict)
    webhooks: dict[tuple[str, str], WebhookReceipt] = field(default_factory=dict)
    consents: list[ConsentRecord] = field(default_factory=list)
    merchants: dict[str, MerchantFacts] = field(default_factory=dict)
    customers: dict[tuple[str, str], CustomerConfig] = field(default_factory=dict)
    wallets: dict[str, LinkedWallet] = field(default_factory=dict)
    instruments_used: dict[str, datetime] = field(default_factory=dict)
    heartbeats: dict[str, datetime] = field(default_factory=dict)

    def request_job(self, request: JobRequest) -> None:
        """Add a job; if it exists, the earlier time wins and its failures are forgotten."""
        known = self.jobs.get((request.kind, request.subject))
        if known is None:
            self.job_ids += 1
            self.jobs[request.kind, request.subject] = StoredJob(
                self.job_ids, request.kind, request.subject, request.run_at, request.gateway
            )
            return
        known.run_at, known.attempts, known.suspended_at = (
            min(known.run_at, request.run_at),
            0,
            None,
        )
        known.gateway = request.gateway or known.gateway
