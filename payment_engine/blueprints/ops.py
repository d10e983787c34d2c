"""For monitoring: liveness, readiness, metrics."""

from sanic import Blueprint, HTTPResponse, Request

from payment_engine import metrics
from payment_engine.blueprints.operation import as_json
from payment_engine.engine import Engine
from payment_engine.read_route import read_route
from payment_engine.services.oncall.monitoring import read_gauges

blueprint = Blueprint("ops")


@read_route(blueprint, "/live")
async def live(_: Request) -> HTTPResponse:
    """200 while the process answers requests."""
    return as_json({"status": "live"})


@read_route(blueprint, "/ready")
async def ready(request: Request) -> HTTPResponse:
    """200 while payments can be taken; `raw_log` is `spilling` while MongoDB is down."""
    engine: Engine = request.app.ctx.engine
    await engine.db.ping()
    return as_json(
        {
            "status": "ready",
            "raw_log": "healthy" if engine.raw_log.healthy else "spilling",
            "gateways": {name: g.wire.health() for name, g in engine.gateways.items()},
        }
    )


@read_route(blueprint, "/metrics")
async def show_metrics(request: Request) -> HTTPResponse:
    """Metrics in the Prometheus text format."""
    body, content_type = metrics.render(await read_gauges(request.app.ctx.engine))
    return HTTPResponse(body, content_type=content_type)
