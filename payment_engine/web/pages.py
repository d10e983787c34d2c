"""Serves the pages: shells that hold no data, with the scripts that fetch it."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.domain.errors import NotFound
from payment_engine.engine import Engine

blueprint = Blueprint("web")

_STATIC = Path(__file__).parent / "static"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FILES = {
    path.name: (path.read_bytes(), _KINDS[path.suffix])
    for path in sorted(_STATIC.iterdir())
    if path.suffix in _KINDS
}
VERSION = hashlib.sha256(b"".join(body for body, _ in _FILES.values())).hexdigest()[:12]
"""Part of each file's address, so that a page never runs with scripts of another release."""


def _shell(name: str) -> bytes:
    return (_STATIC / name).read_bytes().replace(b"@VERSION@", VERSION.encode())


_CHECKOUT = _shell("checkout.html")
_CONSOLE = _shell("console.html")


@blueprint.get("/checkout/<payment_id:str>")
async def checkout(request: Request, payment_id: str) -> HTTPResponse:
    """The hosted checkout; the token that opens it is in the fragment, which never gets here."""
    engine: Engine = request.app.ctx.engine
    entries = (gateway.card_entry() for gateway in engine.gateways.values())
    reached = sorted({_origin(entry.url) for entry in entries if entry})
    return _page(_CHECKOUT, connect=["'self'", *reached], form=["'self'", "https:", *reached])


@blueprint.get("/console")
async def console(_: Request) -> HTTPResponse:
    """For people on call; their key stays in the browser's tab."""
    return _page(_CONSOLE, connect=["'self'"], form=["'none'"])


@blueprint.get("/static/<version:str>/<name:str>")
async def static(_: Request, version: str, name: str) -> HTTPResponse:
    """Scripts and styles; those of another release are never kept by a browser."""
    if name not in _FILES:
        raise NotFound
    body, kind = _FILES[name]
    kept = "public, max-age=31536000, immutable" if version == VERSION else "no-store"
    return HTTPResponse(body, headers={"Cache-Control": kept}, content_type=kind)


def _page(body: bytes, *, connect: list[str], form: list[str]) -> HTTPResponse:
    """Forms go to banks, anywhere on https; a policy also holds for where they redirect to."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src {' '.join(connect)}; form-action {' '.join(form)}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return HTTPResponse(body, headers=headers, content_type="text/html; charset=utf-8")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
