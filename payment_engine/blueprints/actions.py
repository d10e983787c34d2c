"""For people on call: actions, each with its reason, tried out on request, and written down."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.admin import ActionOut
from payment_engine.domain import errors
from payment_engine.domain.requests.admin import (
    ActIn,
    CustomerLimitsIn,
    ReverifyIn,
    RouteIn,
    SyncBatchIn,
)
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.oncall import actions, route_actions, webhook_actions

blueprint = Blueprint("levers")


@operation(
    blueprint,
    "POST",
    "/v1/admin/attempts/<attempt_id:str>/sync",
    summary="Ask the gateway about an attempt now",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound, errors.Unsupported),
)
async def sync(came: ApiCall) -> Answer:
    """What it says goes the one way in; nobody else says how an attempt ended."""
    attempt_id = came.path["attempt_id"]
    return Answer(200, await actions.sync_attempt(came.engine, came.caller, attempt_id, came.body))


@operation(
    blueprint,
    "POST",
    "/v1/admin/attempts/sync",
    summary="Ask the gateways about up to fifty attempts",
    callers={"admin"},
    role="operate",
    body=SyncBatchIn,
    answers={200: ActionOut},
)
async def sync_batch(came: ApiCall) -> Answer:
    """Five in a second at most; it stops where half go unanswered, and says where to go on."""
    return Answer(200, await actions.sync_attempts(came.engine, came.caller, came.body))


@operation(
    blueprint,
    "POST",
    "/v1/admin/notices/<notice_id:str>/replay",
    summary="Apply a gateway's notice once more",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def replay_notice(came: ApiCall) -> Answer:
    """As if it had come just now."""
    notice_id = came.path["notice_id"]
    return Answer(200, await actions.replay_notice(came.engine, came.caller, notice_id, came.body))


@operation(
    blueprint,
    "POST",
    "/v1/admin/quarantine/reverify",
    summary="Verify refused notices again",
    callers={"admin"},
    role="operate",
    body=ReverifyIn,
    answers={200: ActionOut},
)
async def reverify(came: ApiCall) -> Answer:
    """What fits now is taken in; the rest stays where it is."""
    return Answer(200, await webhook_actions.reverify(came.engine, came.caller, came.body))


@operation(
    blueprint,
    "POST",
    "/v1/admin/deliveries/<message_id:str>/replay",
    summary="Tell the order service once more",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def replay_delivery(came: ApiCall) -> Answer:
    """By the same id, so that it is known again."""
    message_id = came.path["message_id"]
    return Answer(
        200, await actions.replay_delivery(came.engine, came.caller, message_id, came.body)
    )


@operation(
    blueprint,
    "POST",
    "/v1/admin/refunds/<refund_id:str>/retry",
    summary="Look a refund up, and send it again where it never arrived",
    callers={"admin"},
    role="refund",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound, errors.Unsupported),
)
async def retry_refund(came: ApiCall) -> Answer:
    """By the same reference, so that nothing is given back twice."""
    refund_id = came.path["refund_id"]
    return Answer(200, await actions.retry_refund(came.engine, came.caller, refund_id, came.body))


@operation(
    blueprint,
    "PUT",
    "/v1/admin/routes/<gateway:str>/<method:str>",
    summary="Switch a gateway on or off for a method, or weigh it",
    callers={"admin"},
    role="config",
    body=RouteIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def set_route(came: ApiCall) -> Answer:
    """Heeded by every process within a second."""
    gateway, method = came.path["gateway"], came.path["method"]
    return Answer(
        200, await route_actions.set_route(came.engine, came.caller, gateway, method, came.body)
    )


@operation(
    blueprint,
    "PUT",
    "/v1/admin/customers/<customer_ref:str>/limits",
    summary="Bound what a customer may pay",
    callers={"admin"},
    role="config",
    body=CustomerLimitsIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def limit_customer(came: ApiCall) -> Answer:
    """Amounts in paise; limits that are left out are lifted."""
    ref = came.path["customer_ref"]
    return Answer(200, await actions.limit_customer(came.engine, came.caller, ref, came.body))
