"""Actions on many rows: each answers at once, and is carried out by workers."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests import bulk as requests
from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.worklists import BulkQuery
from payment_engine.services.documents.bulk import BulkActionOut, BulkActionPage
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall import bulk

blueprint = Blueprint("bulk")


@operation(
    blueprint,
    "POST",
    "/v1/admin/attempts/sync-all",
    summary="Check all attempts of a list at their gateways",
    callers={"admin"},
    role="operate",
    body=requests.BulkSyncIn,
    answers={202: ActionOut},
    errors=(errors.TooMany,),
)
async def sync_all_attempts(call: ApiCall[requests.BulkSyncIn]) -> ActionOut:
    """A dry run counts them. Stops by itself when half get no answer."""
    return await bulk.start(call.engine, call.caller, "attempts.sync", call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/refunds/retry-all",
    summary="Look up all refunds of a list, and send those again that never arrived",
    callers={"admin"},
    role="refund",
    body=requests.BulkRetryIn,
    answers={202: ActionOut},
    errors=(errors.TooMany,),
)
async def retry_all_refunds(call: ApiCall[requests.BulkRetryIn]) -> ActionOut:
    """Each with its own reference, so that nothing is refunded twice. A dry run counts them."""
    return await bulk.start(call.engine, call.caller, "refunds.retry", call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/messages/redeliver-all",
    summary="Send undelivered messages to the order service again",
    callers={"admin"},
    role="operate",
    body=requests.BulkRedeliverIn,
    answers={202: ActionOut},
    errors=(errors.TooMany,),
)
async def redeliver_all_messages(call: ApiCall[requests.BulkRedeliverIn]) -> ActionOut:
    """All of the merchant, or those of a time; each with its id. A dry run counts them."""
    return await bulk.start(call.engine, call.caller, "messages.redeliver", call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/quarantine/reverify-all",
    summary="Verify all quarantined webhooks of a list again",
    callers={"admin"},
    role="operate",
    platform=True,
    body=requests.BulkReverifyIn,
    answers={202: ActionOut},
    errors=(errors.TooMany,),
)
async def reverify_all(call: ApiCall[requests.BulkReverifyIn]) -> ActionOut:
    """Those that verify now are processed. A dry run counts them all."""
    return await bulk.start(call.engine, call.caller, "quarantine.reverify", call.body)


@operation(
    blueprint,
    "GET",
    "/v1/admin/bulk-actions",
    summary="List actions on many rows, and how far they are",
    callers={"admin"},
    role="read",
    query=BulkQuery,
    answers={200: BulkActionPage},
)
async def list_bulk_actions(call: ApiCall[None, BulkQuery]) -> BulkActionPage:
    """The newest first."""
    return await bulk.list_bulk(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/bulk-actions/<bulk_id:str>",
    summary="Read how far an action on many rows is",
    callers={"admin"},
    role="read",
    answers={200: BulkActionOut},
    errors=(errors.NotFound,),
)
async def read_bulk_action(call: ApiCall) -> BulkActionOut:
    """How many rows it is on, and what became of those that were worked on."""
    return await bulk.read(call.caller, call.path["bulk_id"])


@operation(
    blueprint,
    "POST",
    "/v1/admin/bulk-actions/<bulk_id:str>/stop",
    summary="Stop an action on many rows",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def stop_bulk_action(call: ApiCall[ActIn]) -> ActionOut:
    """After the batch that is under way; what is done stays done."""
    return await bulk.stop(call.engine, call.caller, call.path["bulk_id"], call.body)
