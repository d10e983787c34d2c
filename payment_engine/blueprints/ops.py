"""For monitoring: liveness, readiness, metrics."""

from sanic import Blueprint, HTTPResponse, Request

from payment_engine import metrics
from payment_engine.blueprints.operation import as_json
from payment_engine.domain.errors import Unavailable
from payment_engine.engine import Engine
from payment_engine.read_route import read_route
from payment_engine.services.oncall.monitoring import read_gauges
from payment_engine.services.oncall.readiness import check_ready

blueprint = Blueprint("ops")


@read_route(blueprint, "/live")
async def live(_: Request) -> HTTPResponse:
    """200 while the process answers requests."""
    return as_json({"status": "live"})


@read_route(blueprint, "/ready")
async def ready(request: Request) -> HTTPResponse:
    """200 while requests can be served; `raw_log` is `spilling` while MongoDB is down, and
    `messages` are `waiting` while the broker that takes them is. 503 while the process stops,
    without a gateway, and until the database has this release's schema."""
    engine: Engine = request.app.ctx.engine
    if request.app.ctx.draining:
        raise Unavailable("this process is stopping")
    await check_ready(engine)
    return as_json(
        {
            "status": "ready",
            "raw_log": "healthy" if engine.raw_log.healthy else "spilling",
            **await _messages(engine),
            "gateways": {name: g.wire.health() for name, g in engine.gateways.items()},
        }
    )


async def _messages(engine: Engine) -> dict[str, str]:
    """Nothing without a broker: each shop has an address of its own."""
    if engine.broker is None:
        return {}
    return {"messages": "healthy" if await engine.broker.reached() else "waiting"}


@read_route(blueprint, "/metrics")
async def show_metrics(request: Request) -> HTTPResponse:
    """Metrics in the Prometheus text format."""
    body, content_type = metrics.render(await read_gauges(request.app.ctx.engine))
    return HTTPResponse(body, content_type=content_type)
