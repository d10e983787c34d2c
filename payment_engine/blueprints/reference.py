"""The reference of the API as pages: made once from its description, without a script."""

import base64
import hashlib
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape
from sanic import Blueprint, HTTPResponse, Request

from payment_engine.assets import Asset
from payment_engine.blueprints.openapi import document
from payment_engine.domain.errors import EngineError, NotFound, all_errors
from payment_engine.read_route import read_route

if TYPE_CHECKING:
    from jinja2 import Environment

blueprint = Blueprint("reference")

_HTML = "text/html; charset=utf-8"
_STYLE = (Path(__file__).parent / "templates" / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
_CODE = re.compile("``?([^`]+)``?")

Schema = dict[str, Any]


@read_route(blueprint, "/docs")
async def docs(request: Request) -> HTTPResponse:
    """The reference of the API."""
    return _reply(request, _reference())


@read_route(blueprint, "/problems")
async def problems(request: Request) -> HTTPResponse:
    """Every error."""
    return _reply(request, _problems())


@read_route(blueprint, "/problems/<code:str>")
async def problem(request: Request, code: str) -> HTTPResponse:
    """What one error means and what to do about it."""
    if code not in _by_code():
        raise NotFound
    return _reply(request, _problem(code))


def _reply(request: Request, asset: Asset) -> HTTPResponse:
    reply = asset.reply(
        accept_encoding=request.headers.get("accept-encoding", ""),
        if_none_match=request.headers.get("if-none-match", ""),
    )
    return HTTPResponse(reply.body, reply.status, {**_HEADERS, **reply.headers}, asset.kind)


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("payment_engine.blueprints"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = _with_code
    environment.globals["style"] = Markup(_STYLE)  # noqa: S704 - our own file
    return environment


def _page(name: str, **values: Any) -> Asset:
    return Asset(_templates().get_template(name).render(**values).encode(), _HTML)


@cache
def _problems() -> Asset:
    return _page("problems.html", errors=sorted(all_errors(), key=lambda each: each.code))


@cache
def _by_code() -> dict[str, type[EngineError]]:
    return {error.code: error for error in all_errors()}


@cache
def _every_operation() -> list[dict[str, Any]]:
    return list(_operations(document()))


@cache
def _problem(code: str) -> Asset:
    error = _by_code()[code]
    about = " ".join((inspect.getdoc(error) or "").split())
    every = _every_operation()
    some = [each for each in every if code in each["codes"]]
    operations = some if len(some) < len(every) else []
    return _page("problem.html", error=error, about=about, operations=operations)


@cache
def _reference() -> Asset:
    described = document()
    by_tag = defaultdict(list)
    for operation in _every_operation():
        by_tag[operation["tag"]].append(operation)
    tags = [{**tag, "operations": by_tag[tag["name"]]} for tag in described["tags"]]
    shapes = [
        _shape(name, schema) for name, schema in sorted(described["components"]["schemas"].items())
    ]
    return _page("reference.html", document=described, tags=tags, shapes=shapes)


def _operations(described: Schema) -> Iterator[dict[str, Any]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            yield {
                "id": operation["operationId"],
                "tag": operation["tags"][0],
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "description": operation["description"],
                "parameters": [_parameter(each) for each in operation["parameters"]],
                "body": _type(body["content"]["application/json"]["schema"]) if body else "",
                "answers": list(_answers(operation["responses"])),
                "codes": set(_codes(operation["responses"])),
            }


def _parameter(parameter: Schema) -> dict[str, Any]:
    return {
        "name": parameter["name"],
        "required": parameter["required"],
        "type": _type(parameter["schema"]),
        "text": parameter["description"],
    }


def _answers(responses: Schema) -> Iterator[dict[str, Any]]:
    for status, response in sorted(responses.items()):
        content = response.get("content", {})
        if "application/json" in content:
            yield {"status": status, "body": _type(content["application/json"]["schema"])}
        elif "application/problem+json" in content:
            links = [_error_link(code) for code in _codes({status: response})]
            yield {"status": status, "body": Markup(", ").join(links)}
        else:
            yield {"status": status, "body": "none"}


def _codes(responses: Schema) -> Iterator[str]:
    for response in responses.values():
        yield from (
            response.get("content", {}).get("application/problem+json", {}).get("examples", ())
        )


def _error_link(code: str) -> Markup:
    return Markup('<a href="/problems/{0}"><code>{0}</code></a>').format(code)


def _shape(name: str, schema: Schema) -> dict[str, Any]:
    required = schema.get("required", [])
    members = [
        {
            "name": member,
            "required": member in required,
            "type": _type(each),
            "text": each.get("description", ""),
        }
        for member, each in schema.get("properties", {}).items()
    ]
    text = " ".join(schema.get("description", "").split())
    return {"name": name, "text": text, "members": members, "enum": schema.get("enum", [])}


def _type(schema: Schema) -> Markup:
    """A schema as short text, with links to the shapes that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return Markup(" or ").join(_type(each) for each in schema[several])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return Markup(", ").join(Markup("<code>{}</code>").format(value) for value in values)
    if schema.get("type") == "array":
        return Markup("list of {}").format(_type(schema.get("items", {})))
    return escape(schema.get("format") or schema.get("type") or "any")


def _with_code(text: str) -> Markup:
    """Text whose parts between backticks are code."""
    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )
