"""Looking at responses and at the rows they left behind."""

import json
from typing import Any

import httpx

from tests.world import World

MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "retryable"}
TABLES = ("payment", "attempt", "refund", "idempotency_key", "outbox_message", "job")


def problem(response: httpx.Response) -> dict[str, Any]:
    """The problem document, which must be complete."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    document = dict(response.json())
    assert document.keys() >= MEMBERS, document
    assert document["status"] == response.status_code
    assert document["type"] == f"/problems/{document['code']}"
    assert document["request_id"] == response.headers["x-request-id"]
    return document


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Status and code, for comparing with what was expected."""
    return response.status_code, str(problem(response)["code"])


def pointers(response: httpx.Response) -> list[str]:
    """The JSON pointers of what the problem complains about."""
    return [error["pointer"] for error in response.json().get("errors", [])]


def points_at(response: httpx.Response, pointer: str) -> bool:
    """Whether the problem points at this member, or into it."""
    return any(f"{each}/".startswith(f"{pointer}/") for each in pointers(response))


def echoes(response: httpx.Response, value: Any) -> bool:
    """Whether a response repeats a value that nothing else in it could be."""
    text = value if isinstance(value, str) else json.dumps(value)
    return len(text) > 5 and text in response.text


async def row_counts(world: World) -> dict[str, int]:
    """How many rows each table of calls and their effects has."""
    counts = {}
    for table in TABLES:
        rows = await world.sql(f"SELECT count(*) AS n FROM {table}")  # noqa: S608
        counts[table] = rows[0]["n"]
    return counts


async def database_dump(world: World) -> str:
    """Every row of every table as text, bytes as hex."""
    tables = await world.sql("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    text = []
    for table in tables:
        rows = await world.sql(f'SELECT t::text AS row FROM "{table["name"]}" t')  # noqa: S608
        text += [row["row"] for row in rows]
    return "\n".join(text)


async def post_raw(world: World, path: str, raw: bytes, **headers: str) -> httpx.Response:
    """One POST of exactly these bytes as the order service."""
    headers = {**world.headers(), "content-type": "application/json", **headers}
    return await world.api.post(path, content=raw, headers=headers)
