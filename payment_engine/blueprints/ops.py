"""For machines that watch us: alive, ready, metrics."""

from sanic import Blueprint, HTTPResponse, Request

from payment_engine import metrics
from payment_engine.blueprints.operation import as_json
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import Answer

blueprint = Blueprint("ops")


@blueprint.get("/live")
async def live(_: Request) -> HTTPResponse:
    """200 while the process answers at all."""
    return as_json(Answer(200, {"status": "live"}))


@blueprint.get("/ready")
async def ready(request: Request) -> HTTPResponse:
    """200 while payments can be taken; MongoDB being away is told, not fatal (RTE-4)."""
    engine: Engine = request.app.ctx.engine
    await engine.db.ping()
    return as_json(
        Answer(
            200,
            {
                "status": "ready",
                "raw_log": "healthy" if engine.raw_log.healthy else "spilling",
                "gateways": {name: g.wire.health() for name, g in engine.gateways.items()},
            },
        )
    )


@blueprint.get("/metrics")
async def show_metrics(_: Request) -> HTTPResponse:
    """Prometheus text."""
    body, content_type = metrics.render()
    return HTTPResponse(body, content_type=content_type)
