"""Looking at answers and at what they left behind."""

import json
from typing import Any

import httpx

from tests.world import World

MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "retryable"}
STORED = ("payment", "attempt", "refund", "idempotency_key", "outbox_message", "job")


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem document, which must be a whole one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = dict(answer.json())
    assert told.keys() >= MEMBERS, told
    assert told["status"] == answer.status_code
    assert told["type"] == f"/problems/{told['code']}"
    assert told["request_id"] == answer.headers["x-request-id"]
    return told


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code, for comparing with what was expected."""
    return answer.status_code, str(problem(answer)["code"])


def pointers(answer: httpx.Response) -> list[str]:
    """The places that a problem complains of."""
    return [place["pointer"] for place in answer.json().get("errors", [])]


def names(answer: httpx.Response, place: str) -> bool:
    """Whether the problem points at this place, or into it."""
    return any(f"{found}/".startswith(f"{place}/") for found in pointers(answer))


def echoes(answer: httpx.Response, value: Any) -> bool:
    """Whether an answer repeats a value that nothing else in it could be."""
    said = value if isinstance(value, str) else json.dumps(value)
    return len(said) > 5 and said in answer.text


async def rows(world: World) -> dict[str, int]:
    """How many rows each table of calls and their effects holds."""
    found = {}
    for table in STORED:
        counted = await world.sql(f"SELECT count(*) AS n FROM {table}")  # noqa: S608
        found[table] = counted[0]["n"]
    return found


async def everything(world: World) -> str:
    """Every row of every table as text, bytes as hex."""
    found = await world.sql("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    text = []
    for table in found:
        kept = await world.sql(f'SELECT t::text AS row FROM "{table["name"]}" t')  # noqa: S608
        text += [row["row"] for row in kept]
    return "\n".join(text)


async def send(world: World, path: str, raw: bytes, **headers: str) -> httpx.Response:
    """One POST of exactly these bytes as the order service."""
    given = {**world.headers(), "content-type": "application/json", **headers}
    return await world.api.post(path, content=raw, headers=given)
