"""Actions of people on call that are sent again under one key: done once, answered alike."""

import asyncio
from typing import Any

import httpx
import pytest

from payment_engine.services.access import idempotency
from tests.api.oncall_actions import ACTIONS, OncallAction, subjects
from tests.api.responses import refusal
from tests.people import key_of
from tests.world import World


async def act(
    world: World,
    ids: dict[str, str],
    key: str,
    action: OncallAction = ACTIONS["set route"],
    **more: Any,
) -> httpx.Response:
    """Do an action under a key."""
    return await world.api.request(
        action.verb,
        action.route.path.format(**ids),
        json={**action.route.body, **more},
        headers={"authorization": f"Bearer {world.keys.admin_key}", "idempotency-key": key},
    )


async def audited(world: World) -> int:
    [row] = await world.sql("SELECT count(*) AS n FROM admin_action")
    return int(row["n"])


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
async def test_a_repetition_has_the_first_answer_and_does_nothing(
    world: World, action: OncallAction
) -> None:
    ids = await subjects(world)
    first = await act(world, ids, "intention-1", action)
    assert first.is_success, first.text
    before = await audited(world)
    again = await act(world, ids, "intention-1", action)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await audited(world) == before


async def test_of_many_at_once_one_is_done(world: World) -> None:
    answers = await asyncio.gather(*(act(world, {}, "at-once") for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len([answer for answer in answers if answer.status_code == 200]) >= 1
    assert await audited(world) == 1


async def test_another_request_under_the_key_is_refused(world: World) -> None:
    await act(world, {}, "intention-1")
    other = await act(world, {}, "intention-1", weight=20)
    assert refusal(other) == (422, "idempotency_mismatch")


async def test_a_refused_action_leaves_its_key_unused(world: World) -> None:
    ids = {"att": "att_" + "0" * 20}
    assert (await act(world, ids, "intention-1", ACTIONS["sync"])).status_code == 404
    assert await world.sql("SELECT id FROM idempotency_key WHERE response IS NULL") == []
    assert (await act(world, {}, "intention-1")).status_code == 200


async def test_a_key_is_a_persons_own(world: World) -> None:
    await act(world, {}, "intention-1")
    other = await key_of(world, "ravi", "config", "platform")
    body = ACTIONS["set route"].route.body
    headers = {"authorization": f"Bearer {other}", "idempotency-key": "intention-1"}
    answer = await world.api.put("/v1/admin/routes/juspay/card", json=body, headers=headers)
    assert answer.json()["actor"] == "ravi"
    assert await audited(world) == 2


async def test_an_action_whose_process_died_is_done_again(world: World) -> None:
    await act(world, {}, "intention-1")
    await world.sql("UPDATE idempotency_key SET response = NULL, status_code = NULL RETURNING id")
    assert refusal(await act(world, {}, "intention-1")) == (409, "idempotency_in_progress")
    world.clock.advance(seconds=idempotency.IN_FLIGHT.total_seconds() + 1)
    assert (await act(world, {}, "intention-1")).status_code == 200
    assert await audited(world) == 2


@pytest.mark.parametrize("key", ["", "a b", "k" * 201])
async def test_what_is_no_key_is_refused(world: World, key: str) -> None:
    assert (await act(world, {}, key)).status_code == 400
    assert await audited(world) == 0
