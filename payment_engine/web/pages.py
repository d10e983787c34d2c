"""Serves the pages: shells that hold no data, with the scripts that fetch it."""

from pathlib import Path
from urllib.parse import urlsplit

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.engine import Engine

blueprint = Blueprint("web")

_STATIC = Path(__file__).parent / "static"
_KINDS = {".css": "text/css", ".js": "text/javascript"}
_FILES = {
    path.name: (path.read_bytes(), _KINDS[path.suffix])
    for path in sorted(_STATIC.iterdir())
    if path.suffix in _KINDS
}
_CHECKOUT = (_STATIC / "checkout.html").read_bytes()
_CONSOLE = (_STATIC / "console.html").read_bytes()


@blueprint.get("/checkout/<payment_id:str>")
async def checkout(request: Request, payment_id: str) -> HTTPResponse:
    """The hosted checkout; the token that opens it is in the fragment, which never gets here."""
    engine: Engine = request.app.ctx.engine
    entries = (gateway.card_entry() for gateway in engine.gateways.values())
    return _page(_CHECKOUT, [_origin(entry.url) for entry in entries if entry])


@blueprint.get("/console")
async def console(_: Request) -> HTTPResponse:
    """For people on call; their key stays in the browser's tab."""
    return _page(_CONSOLE, [])


@blueprint.get("/static/<name:str>")
async def static(_: Request, name: str) -> HTTPResponse:
    """Scripts and styles."""
    body, kind = _FILES.get(name, (b"", "text/plain"))
    headers = {"Cache-Control": "public, max-age=300"}
    return HTTPResponse(body, status=200 if body else 404, headers=headers, content_type=kind)


def _page(body: bytes, reached: list[str]) -> HTTPResponse:
    connected = " ".join(["'self'", *reached])
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src {connected}; form-action https: http:; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTTPResponse(body, headers=headers, content_type="text/html; charset=utf-8")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
