"""What browsers report of a page that broke its policy: counted, logged, and nothing stored.

A report can be forged and can hold what a customer typed, so only the directive and the origin of
what was blocked are read.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import orjson
import structlog
from sanic import Blueprint, HTTPResponse, Request

from payment_engine import metrics
from payment_engine.domain.requests import sizes
from payment_engine.engine import Engine

blueprint = Blueprint("reports")

PATH = "/csp-reports"
_RATE = "30/minute"
_MOST = 10
_DIRECTIVES = frozenset(
    {
        *("script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem"),
        *("style-src-attr", "img-src", "connect-src", "form-action", "frame-ancestors"),
        *("base-uri", "default-src", "frame-src", "font-src", "object-src", "worker-src"),
    }
)
_INLINE = frozenset({"inline", "eval", "data", "blob", "wasm-eval", "self"})

_log = structlog.get_logger()


async def receive(request: Request) -> HTTPResponse:
    """A browser reports what the policy of a page has blocked."""
    engine: Engine = request.app.ctx.engine
    engine.throttle.count(_RATE, "csp", request.remote_addr or request.ip)
    for directive, origin in list(violations(request.body))[:_MOST]:
        metrics.policy_violations.labels(directive).inc()
        _log.warning("policy_violated", directive=directive, blocked=origin)
    return HTTPResponse(status=204)


def violations(body: bytes) -> Iterator[tuple[str, str]]:
    """The directive of each violation, ``other`` for an unknown one, and the origin of what was
    blocked, ``other`` if it has none.

    Reads both forms: of ``report-uri``, and of ``report-to``, which browsers hold back a minute.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    for report in document if isinstance(document, list) else [document]:
        if isinstance(report, Mapping):
            content = report.get("csp-report") or report.get("body")
            if isinstance(content, Mapping):
                yield _directive(content), _origin(content)


def _directive(content: Mapping[str, object]) -> str:
    names = ("effective-directive", "effectiveDirective", "violated-directive")
    given = next((content[name] for name in names if content.get(name)), "")
    name = str(given).partition(" ")[0]
    return name if name in _DIRECTIVES else "other"


def _origin(content: Mapping[str, object]) -> str:
    blocked = str(content.get("blocked-uri") or content.get("blockedURL") or "")
    if blocked in _INLINE:
        return blocked
    try:
        parts = urlsplit(blocked)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "other"
    if parts.scheme not in ("http", "https", "wss") or not host.isascii() or len(host) > 100:
        return "other"
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


blueprint.add_route(receive, PATH, methods=["POST"], ctx_max_body=sizes.RETURN)
