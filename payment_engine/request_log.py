"""One line for each request: method, route, status, milliseconds, and the ids that it names."""

from sanic import Request

from payment_engine import logs
from payment_engine.domain.ids import is_any_id

_PROBES = ("live", "ready", "metrics")
_FAILED = 500


def log_request(request: Request, method: str, route: str, status: int, seconds: float) -> None:
    """Log it, unless it is a probe that went well. The address itself is not logged: what is in it
    and is no id of ours may be anything."""
    if route in _PROBES and status < _FAILED:
        return
    ids = {
        name.removesuffix("_id"): value
        for name, value in request.match_info.items()
        if is_any_id(value)
    }
    logs.write_unmasked(
        "request",
        __name__,
        method=method,
        route=f"/{route}",
        status=status,
        ms=round(seconds * 1000, 1),
        **ids,
    )
