"""Serves the hosted checkout and the console: static pages whose scripts fetch the data."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.assets import Asset
from payment_engine.domain.errors import NotFound
from payment_engine.engine import Engine
from payment_engine.read_route import read_route

blueprint = Blueprint("web")

_STATIC = Path(__file__).parent / "static"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FILES = {
    path.name: Asset(path.read_bytes(), _KINDS[path.suffix])
    for path in sorted(_STATIC.iterdir())
    if path.suffix in _KINDS
}
VERSION = hashlib.sha256(b"".join(asset.body for asset in _FILES.values())).hexdigest()[:12]
"""Part of each static URL, so that a page never runs with scripts of another release."""


_HTML = "text/html; charset=utf-8"


def read_static(name: str) -> bytes:
    """A page's bytes, with links to the static files of this release."""
    return (_STATIC / name).read_bytes().replace(b"@VERSION@", VERSION.encode())


def _read_page(name: str) -> Asset:
    return Asset(read_static(name), _HTML)


_CHECKOUT = _read_page("checkout.html")
_CONSOLE = _read_page("console.html")


@read_route(blueprint, "/checkout/<payment_id:str>")
async def checkout(request: Request, payment_id: str) -> HTTPResponse:
    """The hosted checkout page; its token is in the URL's fragment, which browsers do not send."""
    engine: Engine = request.app.ctx.engine
    entries = (gateway.card_entry() for gateway in engine.open_gateways.values())
    origins = sorted({_origin(entry.url) for entry in entries if entry})
    return _page(
        request, _CHECKOUT, connect=["'self'", *origins], form=["'self'", "https:", *origins]
    )


@read_route(blueprint, "/console")
async def console(request: Request) -> HTTPResponse:
    """The on-call console page; the admin key stays in the browser's tab."""
    return _page(request, _CONSOLE, connect=["'self'"], form=["'none'"])


@read_route(blueprint, "/static/<version:str>/<name:str>")
async def static(request: Request, version: str, name: str) -> HTTPResponse:
    """A script or style sheet; cached for a year, unless it is of another release."""
    if name not in _FILES:
        raise NotFound
    caching = "public, max-age=31536000, immutable" if version == VERSION else "no-store"
    return _response(request, _FILES[name], {"Cache-Control": caching})


def _page(request: Request, page: Asset, *, connect: list[str], form: list[str]) -> HTTPResponse:
    """Forms may post to any https site: banks, and whatever they redirect to."""
    return _response(request, page, _page_headers(connect=connect, form=form))


def static_page(page: bytes, status: int) -> HTTPResponse:
    """A page without scripts, such as one that explains an error."""
    headers = {**_page_headers(connect=["'none'"], form=["'none'"]), "Cache-Control": "no-store"}
    return HTTPResponse(page, status, headers, _HTML)


def _page_headers(*, connect: list[str], form: list[str]) -> dict[str, str]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src {' '.join(connect)}; form-action {' '.join(form)}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }


def _response(request: Request, asset: Asset, headers: dict[str, str]) -> HTTPResponse:
    reply = asset.reply(
        accept_encoding=request.headers.get("accept-encoding", ""),
        if_none_match=request.headers.get("if-none-match", ""),
    )
    return HTTPResponse(reply.body, reply.status, {**headers, **reply.headers}, asset.kind)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
