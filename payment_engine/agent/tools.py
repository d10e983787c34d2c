"""The tools of an agent, made from the declared routes: all that people on call may read, and their
actions, which it can only try out."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from payment_engine.blueprints.operation import OPERATIONS, Operation
from payment_engine.domain.requests.admin import ActIn

_IN_PATH = re.compile(r"<(\w+):\w+>")
_TRIED = "Tries it out: says what it would do and does nothing. "
_REASON = "why you try it, for the audit log"


@dataclass(frozen=True, kw_only=True)
class AgentTool:
    """A route as a tool: ``tries`` is an action of which only a dry run is requested."""

    name: str
    description: str
    method: str
    path: str
    role: str | None
    tries: bool
    schema: Mapping[str, Any]

    def request(self, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """The path, the query and the body of a call."""
        names = _IN_PATH.findall(self.path)
        path = _IN_PATH.sub(lambda match: _segment(arguments.get(match[1])), self.path)
        rest = {name: value for name, value in arguments.items() if name not in names}
        if self.tries:
            return path, {}, {**rest, "dry_run": True}
        return path, rest, {}


def agent_tools(roles: Collection[str]) -> list[AgentTool]:
    """The tools that somebody with these roles may use."""
    return [
        _tool(operation)
        for operation in OPERATIONS
        if operation.path.startswith("/v1/admin/")
        and (operation.role is None or operation.role in roles)
        and (operation.method == "GET" or _is_action(operation))
    ]


def _is_action(operation: Operation) -> bool:
    return isinstance(operation.body, type) and issubclass(operation.body, ActIn)


def _tool(operation: Operation) -> AgentTool:
    tries = operation.method != "GET"
    start = _TRIED if tries else ""
    return AgentTool(
        name=f"try_{operation.name}" if tries else operation.name,
        description=f"{start}{operation.summary}. {operation.description}".strip(),
        method=operation.method,
        path=operation.path,
        role=operation.role,
        tries=tries,
        schema=_schema(operation),
    )


def _schema(operation: Operation) -> dict[str, Any]:
    """What the tool takes: what is in the path, and what query or body have but ``dry_run``."""
    shape: type[BaseModel] | None = operation.body or operation.query
    schema: dict[str, Any] = shape.model_json_schema() if shape else {"type": "object"}
    members: dict[str, Any] = schema.get("properties", {})
    properties = {name: member for name, member in members.items() if name != "dry_run"}
    if "reason" in properties:
        properties["reason"] = {**properties["reason"], "description": _REASON}
    in_path = _IN_PATH.findall(operation.path)
    found = {name: {"type": "string", "description": "An id or name."} for name in in_path}
    return {
        **{name: value for name, value in schema.items() if name in ("$defs", "type")},
        "properties": {**found, **properties},
        "required": [*in_path, *schema.get("required", ())],
        "additionalProperties": False,
    }


def _segment(value: object) -> str:
    """A value as one part of a path: it leads nowhere else."""
    return quote(str(value), safe="")
