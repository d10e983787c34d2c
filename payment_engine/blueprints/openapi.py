"""The API described: OpenAPI 3.1, made from the declared operations and their documents."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from payment_engine import __version__
from payment_engine.blueprints.field_descriptions import describe_field
from payment_engine.blueprints.operation import DATA_AGE, OPERATIONS, Header, Operation
from payment_engine.blueprints.problems import Problem
from payment_engine.domain import errors
from payment_engine.domain.events import MessageType
from payment_engine.services.documents.message import MessageOut

Schema = dict[str, Any]
Schemas = dict[tuple[Any, JsonSchemaMode], Schema]
"""By shape, and by whether it is received or sent."""

_EMPTY = {204: "Done", 304: "Not changed"}
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(\w+):str>")
_EVERYWHERE = (errors.Unavailable, errors.Internal)
_WITH_BODY = (
    errors.MalformedBody,
    errors.UnsupportedMediaType,
    errors.PayloadTooLarge,
    errors.CardDataNotAccepted,
)
_ABOUT = """Takes payments for orders through several gateways.

Amounts are integers of paise. Times are RFC 3339. Answers may gain members, and enums values:
ignore what you do not know. Errors are problem documents (RFC 9457) with a stable `code`."""
_TAGS = {
    "merchants": "The merchant as its customers know it.",
    "init": "Open a payment for an order.",
    "payments": "Read payments, and what they can be paid with.",
    "attempts": "Pay.",
    "money-operations": "Cancel, capture, void and refund.",
    "events": "Messages to the order service, to read and to have sent again.",
    "cards": "Saved cards, and facts about cards.",
    "upi": "UPI ids.",
    "user-config": "What customers prefer and have agreed to, and their data.",
    "paytm": "The Paytm wallet.",
    "amazonpay": "The Amazon Pay wallet.",
    "admin": "Reading for people on call.",
    "bulk": "Actions on many rows, which workers carry out.",
    "job_actions": "Actions of people on call on jobs that failed too often.",
    "worklists": "What waits for people on call, in lists that are all paged in the same way.",
    "actions": "Actions of people on call, each with a reason.",
    "keys": "Keys of people on call.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new one for each new intention; the same one repeats the same call.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_REQUEST_ID = Header("X-Request-Id", "Names the request in our logs.")
_REPLAYED = Header(
    "Idempotency-Replayed", "`true` if this is the stored answer of an earlier call."
)


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of every declared operation, and of the messages that are sent."""
    schemas, definitions = TypeAdapter.json_schemas(
        [(shape, mode, TypeAdapter(shape)) for shape, mode in _shapes()], ref_template=_REF
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Payment Engine",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
            "contact": {"name": "The people who run this installation"},
        },
        "servers": [{"url": "/", "description": "This installation"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": text} for name, text in _used_tags()],
        "paths": _paths(schemas),
        "webhooks": _webhooks(schemas),
        "components": {
            "schemas": _components(schemas, definitions["$defs"]),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _used_tags() -> Iterator[tuple[str, str]]:
    used = {operation.tag for operation in OPERATIONS}
    return ((name, text) for name, text in _TAGS.items() if name in used)


def _shapes() -> list[tuple[Any, JsonSchemaMode]]:
    received: list[tuple[Any, JsonSchemaMode]] = [
        (operation.body, "validation") for operation in OPERATIONS if operation.body
    ]
    answers = {answer: None for each in OPERATIONS for answer in each.answers.values() if answer}
    sent: list[tuple[Any, JsonSchemaMode]] = [(each, "serialization") for each in answers]
    also: list[tuple[Any, JsonSchemaMode]] = [
        (Problem, "serialization"),
        (MessageOut, "serialization"),
    ]
    return [*dict.fromkeys(received), *sent, *also]


def _components(schemas: Schemas, definitions: dict[str, Schema]) -> dict[str, Schema]:
    """Every shape, with a description of each member. What is sent may gain members."""
    bodies = [schema for (_, mode), schema in schemas.items() if mode == "validation"]
    received = set(_reachable(bodies, definitions))
    return {
        name: _described(name, schema if name in received else _open(schema))
        for name, schema in definitions.items()
    }


def _reachable(of: Any, definitions: dict[str, Schema]) -> Iterator[str]:
    """The names of the shapes that a schema refers to, and of those that these refer to."""
    pending, found = [*_references(of)], set[str]()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            yield name
            pending += _references(definitions[name])


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _open(schema: Schema) -> Schema:
    forbidden = schema.get("additionalProperties") is False
    return {k: v for k, v in schema.items() if k != "additionalProperties"} if forbidden else schema


def _described(shape: str, schema: Schema) -> Schema:
    properties = {name: _member(shape, name, each) for name, each in _properties(schema)}
    return {**schema, "properties": properties} if properties else schema


def _properties(schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield from schema.get("properties", {}).items()


def _member(shape: str, name: str, schema: Schema) -> Schema:
    """A member with its description. A default is only a remark in it: of a member that has one,
    generated clients would want a value."""
    member = {key: value for key, value in schema.items() if key not in ("default", "title")}
    parts = [schema.get("description") or describe_field(shape, name)]
    default = schema.get("default")
    if default not in (None, [], {}):
        parts.append(f"Default: {str(default).lower() if isinstance(default, bool) else default}.")
    text = " ".join(part for part in parts if part)
    return {**member, "description": text} if text else member


def _paths(schemas: Schemas) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        path = _PARAMETER.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas)
    return paths


def _webhooks(schemas: Schemas) -> dict[str, Any]:
    """The messages to the order service: one shape, with its type and what it is about."""
    content = {"application/json": {"schema": schemas[MessageOut, "serialization"]}}
    headers = (
        Header("webhook-id", "The same for each delivery of a message."),
        Header("webhook-timestamp", "When this delivery was signed, in seconds since 1970."),
        Header(
            "webhook-signature",
            "`v1,` and an HMAC-SHA256 (Standard Webhooks), by each valid secret.",
        ),
    )
    return {
        kind.value: {
            "post": {
                "operationId": f"on_{kind.value.replace('.', '_')}",
                "summary": f"A message: {kind.value}",
                "description": "Sent to the merchant's address until it is answered with 2xx.",
                "tags": ["events"],
                "security": [],
                "parameters": [_header_parameter(header, required=True) for header in headers],
                "requestBody": {"required": True, "content": content},
                "responses": {"204": {"description": "Stored"}},
            }
        }
        for kind in MessageType
    }


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": _description(operation),
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": _responses(operation, schemas),
    }
    if not operation.callers:
        described["security"] = []
    if operation.body:
        content = {"schema": schemas[operation.body, "validation"]}
        kinds = ["application/json"]
        if operation.method == "PATCH":
            kinds.append("application/merge-patch+json")
        described["requestBody"] = {
            "description": f"At most {operation.max_body:,} bytes.",
            "x-max-bytes": operation.max_body,
            "required": _needs_body(operation),
            "content": dict.fromkeys(kinds, content),
        }
    return described


def _needs_body(operation: Operation) -> bool:
    """A body whose members may all be left out may be left out, too."""
    try:
        TypeAdapter(operation.body).validate_python({})
    except ValueError:
        return True
    return False


def _description(operation: Operation) -> str:
    text = " ".join(operation.description.split())
    if not operation.callers:
        return text
    roles = " and ".join(f"`{role}`" for role in operation.roles)
    role = f" with the role {roles}" if roles else ""
    return f"{text}\n\nFor: {', '.join(sorted(operation.callers))}{role}."


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": describe_field("", name) or f"The {name.replace('_', ' ')}.",
            "schema": {"type": "string"},
        }
        for name in _PARAMETER.findall(operation.path)
    ]
    if operation.query:
        found += _query_parameters(operation.query.__name__, operation.query.model_json_schema())
    if operation.takes_key:
        found.append({**_KEY, "required": operation.idempotent})
    return found + [_header_parameter(each) for each in operation.takes]


def _query_parameters(shape: str, schema: Schema) -> Iterator[dict[str, Any]]:
    required = schema.get("required", [])
    for name, each in _properties(schema):
        member = _member(shape, name, each)
        text = member.pop("description", "")
        yield {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": text,
            "schema": _inline(member, schema),
        }


def _inline(schema: Schema, shape: Schema) -> Schema:
    """A parameter's own schema, without null: leaving it out is how nothing is given."""
    if "$ref" in schema:
        return dict(shape["$defs"][schema["$ref"].rpartition("/")[2]])
    some = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    return _inline(some[0], shape) if len(some) == 1 else schema


def _header_parameter(header: Header, *, required: bool = False) -> dict[str, Any]:
    return {
        "name": header.name,
        "in": "header",
        "required": required or header.required,
        "description": header.description,
        "schema": {"type": "string"},
    }


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    given = [
        _REQUEST_ID,
        *operation.gives,
        *([DATA_AGE] if operation.stale else []),
        *([_REPLAYED] if operation.takes_key else []),
    ]
    responses: dict[str, Any] = {}
    for status, shape in operation.answers.items():
        response: dict[str, Any] = {"description": "OK" if shape else _EMPTY[status]}
        response["headers"] = {header.name: _response_header(header) for header in given}
        if shape:
            schema = schemas[shape, "serialization"]
            response["content"] = {"application/json": {"schema": schema}}
        responses[str(status)] = response
    for error in _errors(operation):
        problem = responses.setdefault(str(error.status), _problem(error, schemas))
        problem["content"]["application/problem+json"]["examples"][error.code] = _example(error)
    return responses


def _response_header(header: Header) -> dict[str, Any]:
    return {"description": header.description, "schema": {"type": "string"}}


def _problem(error: type[errors.EngineError], schemas: Schemas) -> dict[str, Any]:
    """The response of a status, described by the first error that has it."""
    content = {"schema": schemas[Problem, "serialization"], "examples": {}}
    headers = {_REQUEST_ID.name: _response_header(_REQUEST_ID)}
    if error.retryable:
        again = Header("Retry-After", "Seconds to wait before the same call is sent again.")
        headers[again.name] = _response_header(again)
    return {
        "description": error.title,
        "headers": headers,
        "content": {"application/problem+json": content},
    }


def _example(error: type[errors.EngineError]) -> dict[str, Any]:
    value = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.title,
        "code": error.code,
        "request_id": "req_5f0c1d2e3a4b5c6d7e8f",
        "retryable": error.retryable,
    }
    return {"summary": error.title, "value": value}


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
    if operation.takes_key:
        found += [
            errors.IdempotencyKeyRequired,
            errors.IdempotencyMismatch,
            errors.IdempotencyInProgress,
        ]
    return list(dict.fromkeys(found))
