"""The lists of people on call: what waits, is late, contradicts our record or was given up."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain.requests import worklists as queries
from payment_engine.services.documents import worklists as documents
from payment_engine.services.documents.unmatched import UnmatchedPage
from payment_engine.services.oncall import worklist

blueprint = Blueprint("worklists")


@operation(
    blueprint,
    "GET",
    "/v1/admin/attempts",
    summary="List attempts by state: unsettled, overdue, in review, ...",
    callers={"admin"},
    role="read",
    stale=True,
    query=queries.AttemptsQuery,
    answers={200: documents.AttemptPage},
)
async def list_attempts(call: ApiCall[None, queries.AttemptsQuery]) -> documents.AttemptPage:
    """The oldest first, unless `order` says otherwise."""
    return await worklist.list_attempts(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/conflicts",
    summary="List successes that cannot pay their orders",
    callers={"admin"},
    role="read",
    stale=True,
    query=queries.ConflictsQuery,
    answers={200: documents.AttemptPage},
)
async def list_conflicts(call: ApiCall[None, queries.ConflictsQuery]) -> documents.AttemptPage:
    """Those whose money is not back yet, or all; each with its automatic refund."""
    return await worklist.list_conflicts(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/refunds",
    summary="List refunds by state: not decided, in review, failed, ...",
    callers={"admin"},
    role="read",
    stale=True,
    query=queries.RefundsQuery,
    answers={200: documents.RefundPage},
)
async def list_refunds(call: ApiCall[None, queries.RefundsQuery]) -> documents.RefundPage:
    """The oldest first, with the reference that the gateway knows each by."""
    return await worklist.list_refunds(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/payments",
    summary="List payments by status and time",
    callers={"admin"},
    role="read",
    stale=True,
    query=queries.StaffPaymentsQuery,
    answers={200: documents.PaymentPage},
)
async def list_staff_payments(
    call: ApiCall[None, queries.StaffPaymentsQuery],
) -> documents.PaymentPage:
    """The newest first, each with how its latest attempt stands."""
    return await worklist.list_payments(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/messages",
    summary="List messages to the order service that were not delivered",
    callers={"admin"},
    role="read",
    stale=True,
    query=queries.MessagesQuery,
    answers={200: documents.MessagePage},
)
async def list_messages(call: ApiCall[None, queries.MessagesQuery]) -> documents.MessagePage:
    """Those that wait, by when they are due; or those that were given up or have no address."""
    return await worklist.list_messages(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/notices",
    summary="List verified webhooks that are not applied yet, or were",
    callers={"admin"},
    role="read",
    stale=True,
    platform=True,
    query=queries.NoticesQuery,
    answers={200: documents.NoticePage},
)
async def list_notices(call: ApiCall[None, queries.NoticesQuery]) -> documents.NoticePage:
    """With the id by which one is processed again; their contents are not shown."""
    return await worklist.list_notices(call.engine, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/quarantine",
    summary="List webhooks that did not verify or could not be read",
    callers={"admin"},
    role="read",
    stale=True,
    platform=True,
    query=queries.QuarantineQuery,
    answers={200: documents.QuarantinePage},
)
async def list_quarantine(call: ApiCall[None, queries.QuarantineQuery]) -> documents.QuarantinePage:
    """Once for each event, however often it was sent; their contents are not shown."""
    return await worklist.list_quarantined(call.engine, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/jobs",
    summary="List jobs that failed too often and wait for a person",
    callers={"admin"},
    role="read",
    stale=True,
    query=queries.JobsQuery,
    answers={200: documents.JobPage},
)
async def list_jobs(call: ApiCall[None, queries.JobsQuery]) -> documents.JobPage:
    """Each with its last failure, and the payment that it is about."""
    return await worklist.list_jobs(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/unmatched",
    summary="List charges and refunds that gateways report and we do not know",
    callers={"admin"},
    role="read",
    stale=True,
    platform=True,
    query=queries.UnmatchedQuery,
    answers={200: UnmatchedPage},
)
async def list_unmatched(call: ApiCall[None, queries.UnmatchedQuery]) -> UnmatchedPage:
    """Once for each, with what was reported last; `payment-engine recover match` matches one."""
    return await worklist.list_unmatched(call.engine, call.query)
