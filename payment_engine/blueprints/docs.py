"""The interface described: OpenAPI 3.1, made from the operations themselves."""

import re
from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from sanic import Blueprint, HTTPResponse, Request

from payment_engine import __version__
from payment_engine.blueprints.operation import OPERATIONS, Operation
from payment_engine.blueprints.schemas.payments import Problem, example_error
from payment_engine.domain import errors

blueprint = Blueprint("docs")

_EMPTY = {204: "Done", 304: "Not changed"}
_REF = "#/components/schemas/{model}"
_EVERYWHERE = (errors.Unavailable, errors.Internal)
_WITH_BODY = (
    errors.MalformedBody,
    errors.UnsupportedMediaType,
    errors.PayloadTooLarge,
    errors.CardDataNotAccepted,
)


@blueprint.get("/v1/openapi.json")
async def openapi(_: Request) -> HTTPResponse:
    """The whole interface as one document."""
    return HTTPResponse(orjson.dumps(document()), content_type="application/json")


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of every declared operation."""
    described = [(shape, mode) for shape, mode in _shapes()]
    models = [(s, m) for s, m in described if isinstance(s, type) and issubclass(s, BaseModel)]
    refs, definitions = models_json_schema(models, ref_template=_REF)
    schemas = definitions.get("$defs", {})
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        path = re.sub(r"<(\w+):str>", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, refs, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Payment Engine", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _shapes() -> list[tuple[Any, JsonSchemaMode]]:
    asked: list[tuple[Any, JsonSchemaMode]] = [(o.body, "validation") for o in OPERATIONS if o.body]
    told = {a: None for o in OPERATIONS for a in o.answers.values() if a}
    answers: list[tuple[Any, JsonSchemaMode]] = [(a, "serialization") for a in told]
    return [*asked, *answers, (Problem, "serialization")]


def _operation(operation: Operation, refs: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": _responses(operation, refs),
    }
    if operation.callers:
        described["security"] = [{"bearer": []}]
        described["description"] = "For: " + ", ".join(sorted(operation.callers)) + "."
    if operation.body:
        schema = _body_schema(operation, refs, schemas)
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return described


def _body_schema(operation: Operation, refs: Any, schemas: dict[str, Any]) -> Any:
    if (operation.body, "validation") in refs:
        return refs[(operation.body, "validation")]
    schema = TypeAdapter(operation.body).json_schema(ref_template=_REF)
    schemas.update(schema.pop("$defs", {}))
    return schema


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


def _responses(operation: Operation, refs: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for status, shape in operation.answers.items():
        told[str(status)] = {"description": "OK" if shape else _EMPTY[status]}
        if shape:
            schema = refs[(shape, "serialization")]
            told[str(status)]["content"] = {"application/json": {"schema": schema}}
    for error in _errors(operation):
        problem = told.setdefault(
            str(error.status),
            {
                "description": error.title,
                "content": {
                    "application/problem+json": {
                        "schema": refs[(Problem, "serialization")],
                        "examples": {},
                    }
                },
            },
        )
        problem["content"]["application/problem+json"]["examples"][error.code] = example_error(
            error
        )
    return told


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
