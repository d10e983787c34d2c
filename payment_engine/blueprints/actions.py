"""Actions of on-call staff: each has a reason, can be a dry run, and is written to an audit log."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests.admin import (
    ActIn,
    BannerIn,
    CustomerLimitsIn,
    ProviderIn,
    ProviderWeightIn,
    ReverifyIn,
    RouteIn,
    SyncBatchIn,
)
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall import (
    actions,
    attempt_actions,
    banners,
    provider_actions,
    provider_weights,
    refund_approval,
    review_actions,
    route_actions,
    webhook_actions,
)

blueprint = Blueprint("actions")


@operation(
    blueprint,
    "POST",
    "/v1/admin/attempts/<attempt_id:str>/sync",
    summary="Check an attempt at its gateway now",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound, errors.Unsupported),
)
async def sync_attempt(call: ApiCall[ActIn]) -> ActionOut:
    """The gateway's answer is applied like any other; only gateways decide how an attempt ended."""
    attempt_id = call.path["attempt_id"]
    return await attempt_actions.sync_attempt(call.engine, call.caller, attempt_id, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/attempts/<attempt_id:str>/resolve",
    summary="End the review of an attempt",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound, errors.NotInReview),
)
async def resolve_attempt(call: ApiCall[ActIn]) -> ActionOut:
    """The first person proposes it, a second one carries it out by the same request within a day.
    The status stays as it is; what is not decided is looked up again."""
    attempt_id = call.path["attempt_id"]
    return await review_actions.resolve_attempt(call.engine, call.caller, attempt_id, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/refunds/<refund_id:str>/resolve",
    summary="End the review of a refund",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound, errors.NotInReview),
)
async def resolve_refund(call: ApiCall[ActIn]) -> ActionOut:
    """The first person proposes it, a second one carries it out by the same request within a day.
    The status stays as it is; what is not decided is looked up again."""
    refund_id = call.path["refund_id"]
    return await review_actions.resolve_refund(call.engine, call.caller, refund_id, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/attempts/sync",
    summary="Check up to fifty attempts at their gateways",
    callers={"admin"},
    role="operate",
    body=SyncBatchIn,
    answers={200: ActionOut},
)
async def sync_attempts(call: ApiCall[SyncBatchIn]) -> ActionOut:
    """At most five a second; stops when half go unanswered; ``next`` says where to continue."""
    return await attempt_actions.sync_attempts(call.engine, call.caller, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/notices/<notice_id:str>/replay",
    summary="Process a stored webhook again",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def replay_webhook(call: ApiCall[ActIn]) -> ActionOut:
    """As if it had just arrived."""
    notice_id = call.path["notice_id"]
    return await webhook_actions.replay_webhook(call.engine, call.caller, notice_id, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/quarantine/reverify",
    summary="Verify quarantined webhooks again",
    callers={"admin"},
    role="operate",
    platform=True,
    body=ReverifyIn,
    answers={200: ActionOut},
)
async def reverify_quarantine(call: ApiCall[ReverifyIn]) -> ActionOut:
    """Those that verify now are processed; the rest stay in quarantine."""
    return await webhook_actions.reverify(call.engine, call.caller, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/deliveries/<message_id:str>/replay",
    summary="Send a message to the order service again",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def replay_delivery(call: ApiCall[ActIn]) -> ActionOut:
    """With the same id, so that the order service can recognise the repetition."""
    message_id = call.path["message_id"]
    return await actions.replay_delivery(call.engine, call.caller, message_id, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/refunds/<refund_id:str>/retry",
    summary="Look a refund up at its gateway, and send it again if it never arrived there",
    callers={"admin"},
    role="refund",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound, errors.Unsupported),
)
async def retry_refund(call: ApiCall[ActIn]) -> ActionOut:
    """With the same reference, so that nothing is refunded twice."""
    refund_id = call.path["refund_id"]
    return await actions.retry_refund(call.engine, call.caller, refund_id, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/refunds/<refund_id:str>/approve",
    summary="Approve a refund above the limit, as its second person",
    callers={"admin"},
    role="approve",
    body=ActIn,
    answers={200: ActionOut},
    errors=(
        errors.NotFound,
        errors.NoApprovalNeeded,
        errors.SecondPersonNeeded,
        errors.AmountTooHigh,
        errors.RefundWindowOver,
        errors.MoneyAlreadyReturned,
        errors.Unsupported,
        errors.Unavailable,
    ),
)
async def approve_refund(call: ApiCall[ActIn]) -> ActionOut:
    """It then goes to its gateway like any other. Not by whoever requested it."""
    refund_id = call.path["refund_id"]
    return await refund_approval.approve_refund(call.engine, call.caller, refund_id, call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/refunds/<refund_id:str>/reject",
    summary="Reject a refund above the limit, as its second person",
    callers={"admin"},
    role="approve",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound, errors.NoApprovalNeeded, errors.SecondPersonNeeded),
)
async def reject_refund(call: ApiCall[ActIn]) -> ActionOut:
    """Nothing is sent, and its amount can be refunded again. Not by whoever requested it."""
    refund_id = call.path["refund_id"]
    return await refund_approval.reject_refund(call.engine, call.caller, refund_id, call.body)


@operation(
    blueprint,
    "PUT",
    "/v1/admin/routes/<gateway:str>/<method:str>",
    summary="Enable, disable or weight a route, for a time or for good",
    callers={"admin"},
    role="config",
    platform=True,
    body=RouteIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def set_route(call: ApiCall[RouteIn]) -> ActionOut:
    """Takes effect in every process within a second."""
    gateway, method = call.path["gateway"], call.path["method"]
    return await route_actions.set_route(call.engine, call.caller, gateway, method, call.body)


@operation(
    blueprint,
    "PUT",
    "/v1/admin/routes/<gateway:str>/<method:str>/<provider:str>",
    summary="Weigh a route apart for one bank, UPI app, wallet or card network",
    callers={"admin"},
    role="config",
    platform=True,
    body=ProviderWeightIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def set_provider_weight(call: ApiCall[ProviderWeightIn]) -> ActionOut:
    """The most specific weight counts, in every process within a second; null takes it away."""
    key = route_actions.route_key(call.engine, call.path["gateway"], call.path["method"])
    route = (*key, call.path["provider"])
    return await provider_weights.set_provider_weight(call.engine, call.caller, route, call.body)


@operation(
    blueprint,
    "PUT",
    "/v1/admin/banners/own",
    summary="Tell the merchant's customers something above the ways to pay, for a time",
    callers={"admin"},
    role="config",
    body=BannerIn,
    answers={200: ActionOut},
)
async def set_own_banner(call: ApiCall[BannerIn]) -> ActionOut:
    """Whoever opens the checkout from now on sees it; without a text, nobody any longer."""
    return await banners.set_banner(call.engine, call.caller, "own", call.body)


@operation(
    blueprint,
    "PUT",
    "/v1/admin/banners/everyone",
    summary="Tell the customers of every merchant something above the ways to pay, for a time",
    callers={"admin"},
    role="config",
    platform=True,
    body=BannerIn,
    answers={200: ActionOut},
)
async def set_banner_for_everyone(call: ApiCall[BannerIn]) -> ActionOut:
    """Whoever opens the checkout from now on sees it; without a text, nobody any longer."""
    return await banners.set_banner(call.engine, call.caller, "everyone", call.body)


@operation(
    blueprint,
    "PUT",
    "/v1/admin/providers/<method:str>/<provider:str>",
    summary="Declare a bank, UPI app or wallet down for a method, or up again",
    callers={"admin"},
    role="config",
    platform=True,
    body=ProviderIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def set_provider(call: ApiCall[ProviderIn]) -> ActionOut:
    """Customers see it where they choose, within a second; the first success ends it."""
    method, name = call.path["method"], call.path["provider"]
    return await provider_actions.set_provider(call.engine, call.caller, method, name, call.body)


@operation(
    blueprint,
    "PUT",
    "/v1/admin/customers/<customer_ref:str>/limits",
    summary="Set the limits of a customer",
    callers={"admin"},
    role="config",
    body=CustomerLimitsIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def limit_customer(call: ApiCall[CustomerLimitsIn]) -> ActionOut:
    """Amounts in paise; limits that are left out are removed."""
    ref = call.path["customer_ref"]
    return await actions.limit_customer(call.engine, call.caller, ref, call.body)
