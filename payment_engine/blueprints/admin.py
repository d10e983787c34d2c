"""Reading for on-call staff: search, timelines, health, routes, past actions."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests.admin import SearchQuery
from payment_engine.domain.requests.worklists import ActionsQuery, SeriesQuery
from payment_engine.services.documents.health import HealthOut, SeriesOut
from payment_engine.services.documents.oncall import (
    ActionPage,
    BannerList,
    RouteList,
    RouteOut,
    SearchOut,
    StaffOut,
)
from payment_engine.services.documents.timeline import TimelineOut
from payment_engine.services.oncall import audit, banners, health, route_actions
from payment_engine.services.oncall.search import search
from payment_engine.services.oncall.staff import read_staff
from payment_engine.services.oncall.timeline import timeline

blueprint = Blueprint("admin")


@operation(
    blueprint,
    "GET",
    "/v1/admin/search",
    summary="Search payments by any id, reference, phone number, UPI ID or amount",
    callers={"admin"},
    role="read",
    stale=True,
    query=SearchQuery,
    answers={200: SearchOut},
)
async def search_payments(call: ApiCall[None, SearchQuery]) -> SearchOut:
    """Newest first, at most fifty."""
    return {"payments": await search(call.engine, call.caller, call.query)}


@operation(
    blueprint,
    "GET",
    "/v1/admin/payments/<payment_id:str>/timeline",
    summary="Read the timeline of a payment",
    callers={"admin"},
    role="read",
    stale=True,
    answers={200: TimelineOut},
    errors=(errors.NotFound,),
)
async def read_timeline(call: ApiCall) -> TimelineOut:
    """The verdict in one sentence and the next step; attempts with all their numbers; then events
    with their sources, masked calls and webhooks, messages to the order service, actions. Reading
    it is in the audit log."""
    return await timeline(call.engine, call.caller, call.path["payment_id"])


@operation(
    blueprint,
    "GET",
    "/v1/admin/health",
    summary="Read the health matrix: how each route does, and what waits",
    callers={"admin"},
    role="read",
    answers={200: HealthOut},
)
async def read_health(call: ApiCall) -> HealthOut:
    """The last hour of each route beside the same one of other days, and the gauges that are not at
    rest: queues, stores, clocks, breakers."""
    return await health.read_health(call.engine, call.caller)


@operation(
    blueprint,
    "GET",
    "/v1/admin/health/series",
    summary="Read how attempts went lately, interval by interval",
    callers={"admin"},
    role="read",
    query=SeriesQuery,
    answers={200: SeriesOut},
)
async def read_series(call: ApiCall[None, SeriesQuery]) -> SeriesOut:
    """For charts of success rate and latency; at most the latest 5,000 attempts."""
    return await health.read_series(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/admin/me",
    summary="Read who you are, and what you may do",
    callers={"admin"},
    role="read",
    answers={200: StaffOut},
)
async def read_me(call: ApiCall) -> StaffOut:
    """The person that the key or token belongs to, and its roles."""
    return await read_staff(call.caller)


@operation(
    blueprint,
    "GET",
    "/v1/admin/banners",
    summary="List banners: what customers are told above the ways to pay",
    callers={"admin"},
    role="read",
    answers={200: BannerList},
)
async def list_banners(call: ApiCall) -> BannerList:
    """Everyone's, and those of the merchant's own customers."""
    return {"banners": await banners.list_banners(call.engine, call.caller)}


@operation(
    blueprint,
    "GET",
    "/v1/admin/routes",
    summary="List routes: each gateway for each method, with weight and breaker",
    callers={"admin"},
    role="read",
    answers={200: RouteList},
)
async def list_routes(call: ApiCall) -> RouteList:
    """Read anew from the database."""
    return {"routes": await route_actions.list_routes(call.engine, call.caller)}


@operation(
    blueprint,
    "GET",
    "/v1/admin/routes/<gateway:str>/<method:str>",
    summary="Read a route: one gateway for one method",
    callers={"admin"},
    role="read",
    answers={200: RouteOut},
    errors=(errors.NotFound,),
)
async def read_route(call: ApiCall) -> RouteOut:
    """Read anew from the database."""
    gateway, method = call.path["gateway"], call.path["method"]
    return await route_actions.read_route(call.engine, call.caller, gateway, method)


@operation(
    blueprint,
    "GET",
    "/v1/admin/actions",
    summary="List on-call actions with their reasons and outcomes",
    callers={"admin"},
    role="read",
    query=ActionsQuery,
    answers={200: ActionPage},
)
async def list_actions(call: ApiCall[None, ActionsQuery]) -> ActionPage:
    """The newest first, unless `order` says otherwise; the log of actions is append-only."""
    return await audit.list_actions(call.engine, call.caller, call.query)
