"""What workers will do for a payment, and when."""

from collections.abc import Iterable

from payment_engine.db.models import Job
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.verdict import PlannedJob


async def planned_jobs(snapshot: Snapshot, webhooks: Iterable[str]) -> tuple[PlannedJob, ...]:
    """The jobs of a payment, of its attempts and refunds, and of webhooks about it."""
    subjects = [snapshot.payment.id, *(row.id for row in snapshot.rows), *webhooks]
    rows = await Job.filter(kind__in=list(JobKind), subject__in=subjects).order_by("run_at")
    return tuple(
        PlannedJob(
            kind=JobKind(row.kind),
            subject=row.subject,
            run_at=row.run_at,
            suspended=row.suspended_at is not None,
            error=row.last_error,
        )
        for row in rows
    )
