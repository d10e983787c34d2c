"""An agent on call, through the official client over real standard input and output.

The client is imported where it is used: other tests shall not wait for it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.forks import run_forked
from tests.people import key_of
from tests.world import World

if TYPE_CHECKING:
    from mcp import Client

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def agent(world: World, key: str | None = None) -> AsyncIterator[Client]:
    """A client whose server is the command, with the key of somebody."""
    from mcp import Client, StdioServerParameters

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "payment_engine", "mcp", str(world.api.base_url)],
        env={
            "PYTHONPATH": str(ROOT),
            "PAYMENT_ENGINE_ADMIN_KEY": key or world.keys.admin_key,
        },
        cwd=str(ROOT),
    )
    async with Client(server) as client:
        yield client


async def use(client: Client, name: str, **arguments: Any) -> tuple[bool, dict[str, Any]]:
    """Whether a tool did what it should, and what it returned."""
    result = await client.call_tool(name, arguments)
    (content,) = result.content
    assert content.type == "text"
    try:
        return not result.is_error, json.loads(content.text)
    except json.JSONDecodeError:
        return not result.is_error, {"text": content.text}


async def names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


async def test_an_agent_finds_a_payment_and_reads_its_verdict(world: World) -> None:
    paid = await world.paid_payment()
    async with agent(world) as client:
        ok, found = await use(client, "search_payments", q=paid["order_id"])
        assert (ok, [each["id"] for each in found["payments"]]) == (True, [paid["id"]])
        ok, timeline = await use(client, "read_timeline", payment_id=paid["id"])
        assert timeline["verdict"]["outcome"] == "paid"
        ok, health = await use(client, "read_health")
        assert (ok, "routes" in health) == (True, True)
        assert "9876543210" not in str(timeline)
    (reading,) = await world.sql("SELECT action, actor FROM admin_action WHERE reading")
    me = (await world.get("/v1/admin/me", world.keys.admin_key)).json()
    assert reading == {"action": "payment.read", "actor": me["actor"]}


async def test_an_action_is_only_tried_whatever_the_agent_asks_for(world: World) -> None:
    payment = await world.open_payment()
    await world.script_mock("drop_webhook", times=10)
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    world.clock.advance(seconds=91)
    async with agent(world) as client:
        arguments = {"attempt_id": attempt["id"], "reason": "what would it do?"}
        for dry_run in ({}, {"dry_run": False}):
            ok, outcome = await use(client, "try_sync_attempt", **arguments, **dry_run)
            assert (ok, outcome["dry_run"]) == (True, True)
            assert outcome["outcome"]["would_ask"] == "juspay"
        ok, refusal = await use(client, "try_sync_attempt", attempt_id=attempt["id"], reason="x")
        assert (ok, refusal["code"]) == (False, "invalid_request")
    assert (await world.read_payment(payment["id"]))["status"] == "pending"
    rows = await world.sql("SELECT dry_run FROM admin_action WHERE action = 'attempt.sync'")
    assert [row["dry_run"] for row in rows] == [True, True]


async def test_every_tool_reads_or_tries_and_takes_no_dry_run(world: World) -> None:
    async with agent(world) as client:
        tools = (await client.list_tools()).tools
    assert len(tools) > 20
    for tool in tools:
        assert tool.annotations
        assert tool.annotations.read_only_hint
        assert "dry_run" not in tool.input_schema["properties"]
        assert tool.name.startswith(("try_", "search_", "list_", "read_")), tool.name
        assert ("reason" in tool.input_schema["properties"]) == tool.name.startswith("try_")


async def test_an_agent_has_the_roles_of_its_person(world: World) -> None:
    reader = await key_of(world, "kiran@pharmacy.example", "read")
    async with agent(world, reader) as client:
        offered = await names(client)
        assert "read_timeline" in offered
        assert not {name for name in offered if name.startswith("try_")}
        ok, refusal = await use(client, "try_retry_refund", refund_id="rfd_1", reason="to see")
        assert (ok, "no such tool" in refusal["text"]) == (False, True)


async def test_an_argument_leads_to_no_other_route(world: World) -> None:
    async with agent(world) as client:
        for odd in ("../me", "x/../../me", "a?b=c", "%2e%2e/me"):
            ok, answer = await use(client, "read_timeline", payment_id=odd)
            assert (ok, answer["code"]) == (False, "not_found")


@pytest.mark.parametrize(
    ("address", "key", "line"),
    [
        ("https://pay.example", "", "Set PAYMENT_ENGINE_ADMIN_KEY to your admin key."),
        ("pay.example", "ak_x", "The address must begin with http:// or https://"),
        ("http://127.0.0.1:1", "ak_x", "refuses this key, or is not there: the service cannot be"),
    ],
)
async def test_what_is_missing_is_one_line(
    tmp_path: Path, address: str, key: str, line: str
) -> None:
    code, printed = await run_forked(tmp_path, "mcp", address, PAYMENT_ENGINE_ADMIN_KEY=key)
    assert (code, line in printed, len(printed.splitlines())) == (1, True, 1)


async def test_a_key_that_is_not_valid_is_refused_at_start(world: World, tmp_path: Path) -> None:
    address = str(world.api.base_url)
    code, printed = await run_forked(tmp_path, "mcp", address, PAYMENT_ENGINE_ADMIN_KEY="ak_wrong")
    assert (code, "unauthorized" in printed or "401" in printed) == (1, True)
