"""What each kind of job does, those of people on call included; only workers run those."""

from collections.abc import Mapping

from payment_engine.domain.jobs import JobKind
from payment_engine.services import job_handlers
from payment_engine.services.oncall.bulk import handle_bulk_action
from payment_engine.services.queue.runner import JobHandler

HANDLERS: Mapping[JobKind, JobHandler] = {
    **job_handlers.HANDLERS,
    JobKind.BULK_ACTION: handle_bulk_action,
}
