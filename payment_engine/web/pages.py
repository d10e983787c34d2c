"""Serves the hosted checkout and the console: documents whose scripts fetch the data."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from sanic import Blueprint, HTTPResponse, Request, Sanic

from payment_engine.assets import Asset
from payment_engine.domain.errors import NotFound
from payment_engine.domain.gateway import CardEntry
from payment_engine.engine import Engine
from payment_engine.read_route import read_route
from payment_engine.services.access.brands import may_embed
from payment_engine.web import reports
from payment_engine.web.bundle import Page, data, read_page, script

blueprint = Blueprint("web")

_CHECKOUT = read_page("checkout.html")
_CONSOLE = read_page("console.html")
_SDK = Asset(script("sdk.js").encode(), "text/javascript; charset=utf-8", smallest=True)
SDK_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-cache",
}
"""Any page may load it, also with an integrity attribute."""
_TEXTS = {"hi": Asset(data("texts.hi.json").encode(), "application/json", smallest=True)}
"""The checkout's texts in each language that is not part of its page."""


@blueprint.before_server_start
async def prepare(_: Sanic[Any, Any]) -> None:
    """Compress what everybody is sent before anybody asks for it."""
    for asset in (_CHECKOUT.asset, _CONSOLE.asset, _SDK, *_TEXTS.values()):
        asset.prepare()


@read_route(blueprint, "/")
async def home(_: Request) -> HTTPResponse:
    """Leads to the pages about the API."""
    return HTTPResponse(status=303, headers={"Location": "/docs"})


@read_route(blueprint, "/checkout/<payment_id:str>")
async def checkout(request: Request, payment_id: str) -> HTTPResponse:
    """The hosted checkout page; its tokens are in the fragment, which browsers do not send."""
    engine: Engine = request.app.ctx.engine
    connect = origins_of(map(engine.card_entry, engine.open_gateways.values()))
    pages = origins_of(gateway.card_entry() for gateway in engine.open_gateways.values())
    form = [each for each in pages if each.startswith("http:")]
    headers = page_headers(
        _CHECKOUT,
        connect=["'self'", *connect],
        form=["'self'", "https:", *form],
        frames=await _framed_by(payment_id, request.args.get("embed")),
    )
    return _respond(request, _CHECKOUT.asset, headers)


async def _framed_by(payment_id: str, origin: str | None) -> str:
    """The origin that may show the page in its own: one that the payment's merchant registered."""
    return origin if origin and await may_embed(payment_id, origin) else "'none'"


@read_route(blueprint, "/checkout.js")
async def sdk(request: Request) -> HTTPResponse:
    """What a shop's page opens the checkout with."""
    return _respond(request, _SDK, SDK_HEADERS)


@read_route(blueprint, "/checkout/texts/<language:str>")
async def texts(request: Request, language: str) -> HTTPResponse:
    """The checkout's texts in a language that is not part of its page."""
    if language not in _TEXTS:
        raise NotFound
    return _respond(request, _TEXTS[language], {"Cache-Control": "no-cache"})


@read_route(blueprint, "/console")
async def console(request: Request) -> HTTPResponse:
    """The on-call console page; the admin key stays in the browser's tab."""
    return _show(request, _CONSOLE, connect=["'self'"], form=["'none'"])


def _show(request: Request, page: Page, *, connect: list[str], form: list[str]) -> HTTPResponse:
    """Forms may post to any https site: banks, and whatever they redirect to."""
    return _respond(request, page.asset, page_headers(page, connect=connect, form=form))


def _respond(request: Request, asset: Asset, headers: dict[str, str]) -> HTTPResponse:
    reply = asset.reply(
        accept_encoding=request.headers.get("accept-encoding", ""),
        if_none_match=request.headers.get("if-none-match", ""),
    )
    return HTTPResponse(reply.body, reply.status, {**headers, **reply.headers}, asset.kind)


def static_page(page: Page, status: int) -> HTTPResponse:
    """A page without scripts, such as one that explains an error."""
    headers = page_headers(page, connect=["'none'"], form=["'none'"])
    headers["Cache-Control"] = "no-store"
    return HTTPResponse(page.asset.body, status, headers, page.asset.kind)


def sdk_asset() -> Asset:
    """``checkout.js`` as this release serves it."""
    return _SDK


def checkout_page() -> Page:
    """The page as this release serves it."""
    return _CHECKOUT


def page_headers(
    page: Page, *, connect: list[str], form: list[str], frames: str = "'none'"
) -> dict[str, str]:
    """The headers that go with a page: the policy names its parts by their hashes."""
    directives = {
        "default-src": ["'none'"],
        "script-src": page.scripts or ["'none'"],
        "style-src": page.styles,
        "img-src": ["'self'", "data:"],
        "connect-src": connect,
        "form-action": form,
        "frame-ancestors": [frames],
        "base-uri": ["'none'"],
        "report-uri": [reports.PATH],
    }
    policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }


def origins_of(entries: Iterable[CardEntry | None]) -> list[str]:
    """The origins of gateways to which something is sent, in order."""
    return sorted({_origin(entry.url) for entry in entries if entry})


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
