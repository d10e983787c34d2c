"""The API described: OpenAPI 3.1, made from the declared operations and their documents."""

import re
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from sanic import Blueprint, HTTPResponse, Request

from payment_engine import __version__
from payment_engine.assets import Asset
from payment_engine.blueprints.operation import OPERATIONS, Operation
from payment_engine.blueprints.problems import Problem
from payment_engine.domain import errors
from payment_engine.read_route import read_route

blueprint = Blueprint("docs")

Schemas = dict[tuple[Any, JsonSchemaMode], Any]
"""By shape, and by whether it is received or sent."""

_EMPTY = {204: "Done", 304: "Not changed"}
_REF = "#/components/schemas/{model}"
_EVERYWHERE = (errors.Unavailable, errors.Internal)
_WITH_BODY = (
    errors.MalformedBody,
    errors.UnsupportedMediaType,
    errors.PayloadTooLarge,
    errors.CardDataNotAccepted,
)


@read_route(blueprint, "/v1/openapi.json")
async def openapi(request: Request) -> HTTPResponse:
    """The OpenAPI description of every route."""
    asset = _served()
    reply = asset.reply(
        accept_encoding=request.headers.get("accept-encoding", ""),
        if_none_match=request.headers.get("if-none-match", ""),
    )
    headers = {**reply.headers, "Cache-Control": "no-cache"}
    return HTTPResponse(reply.body, reply.status, headers, asset.kind)


@cache
def _served() -> Asset:
    """Made once: describing every operation takes tens of milliseconds."""
    return Asset(orjson.dumps(document()), "application/json")


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of every declared operation."""
    schemas, definitions = TypeAdapter.json_schemas(
        [(shape, mode, TypeAdapter(shape)) for shape, mode in _shapes()], ref_template=_REF
    )
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        path = re.sub(r"<(\w+):str>", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Payment Engine", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _shapes() -> list[tuple[Any, JsonSchemaMode]]:
    received: list[tuple[Any, JsonSchemaMode]] = [
        (operation.body, "validation") for operation in OPERATIONS if operation.body
    ]
    answers = {answer: None for each in OPERATIONS for answer in each.answers.values() if answer}
    sent: list[tuple[Any, JsonSchemaMode]] = [(each, "serialization") for each in answers]
    return [*dict.fromkeys(received), *sent, (Problem, "serialization")]


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": _responses(operation, schemas),
    }
    if operation.callers:
        described["security"] = [{"bearer": []}]
        described["description"] = "For: " + ", ".join(sorted(operation.callers)) + "."
    if operation.body:
        schema = schemas[operation.body, "validation"]
        described["requestBody"] = {
            "description": f"At most {operation.max_body:,} bytes.",
            "content": {"application/json": {"schema": schema}},
            "x-max-bytes": operation.max_body,
        }
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"<(\w+):str>", operation.path)
    ]
    if operation.query:
        shape = operation.query.model_json_schema(ref_template=_REF)
        required = shape.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": _inline(s, shape)}
            for name, s in shape["properties"].items()
        ]
    if operation.idempotent:
        key = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    return found


def _inline(schema: dict[str, Any], shape: dict[str, Any]) -> Any:
    ref = schema.get("$ref")
    return shape["$defs"][ref.rpartition("/")[2]] if ref else schema


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, shape in operation.answers.items():
        responses[str(status)] = {"description": "OK" if shape else _EMPTY[status]}
        if shape:
            schema = schemas[shape, "serialization"]
            responses[str(status)]["content"] = {"application/json": {"schema": schema}}
    for error in _errors(operation):
        problem = responses.setdefault(str(error.status), _problem(error, schemas))
        examples = problem["content"]["application/problem+json"]["examples"]
        examples[error.code] = {
            "summary": error.title,
            "value": {"code": error.code, "status": error.status},
        }
    return responses


def _problem(error: type[errors.EngineError], schemas: Schemas) -> dict[str, Any]:
    """The response of a status, described by the first error that has it."""
    content = {"schema": schemas[Problem, "serialization"], "examples": {}}
    return {"description": error.title, "content": {"application/problem+json": content}}


def _errors(operation: Operation) -> list[type[errors.EngineError]]:
    found: list[type[errors.EngineError]] = [*_EVERYWHERE, *operation.errors]
    if operation.callers:
        found += [errors.Unauthenticated, errors.Forbidden]
    if operation.body or operation.query:
        found.append(errors.InvalidRequest)
    if operation.body:
        found += _WITH_BODY
    if "<" in operation.path:
        found.append(errors.NotFound)
    if operation.idempotent:
        found += [
            errors.IdempotencyKeyRequired,
            errors.IdempotencyMismatch,
            errors.IdempotencyInProgress,
        ]
    return list(dict.fromkeys(found))
