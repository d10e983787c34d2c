"""What customers send about their own things: wrong in every way, refused by name, not stored."""

import httpx

from tests.api.bodies import OWN, Bad
from tests.api.responses import echoes, pointers, points_at, refusal
from tests.api.test_bad_bodies import NO_JSON, NO_OBJECT, TOO_DEEP
from tests.world import World

REFUSED = (422, "invalid_request")


async def send(world: World, path: str, token: str, raw: bytes) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return await world.api.post(path, content=raw, headers=headers)


async def complaint(world: World, path: str, token: str, bad: Bad) -> str | None:
    """What is wrong with how a bad body was refused."""
    answer = await world.post(path, bad.body, token)
    if answer.status_code != REFUSED[0] or refusal(answer) != REFUSED:
        return f"{path} {bad.pointer} = {bad.sent!r:.60}: {answer.status_code} {answer.text:.200}"
    if not points_at(answer, bad.pointer):
        return f"{path} {bad.pointer} = {bad.sent!r:.60}: names {pointers(answer)}"
    return f"{path} {bad.pointer}: echoes {bad.sent!r:.60}" if echoes(answer, bad.sent) else None


async def saved_rows(world: World) -> list[object]:
    return await world.sql("SELECT id FROM saved_vpa UNION SELECT id FROM consent")


async def test_a_field_that_does_not_fit_is_named_and_nothing_is_kept(world: World) -> None:
    token = (await world.open_payment())["checkout"]["token"]
    complaints = [
        await complaint(world, route.path, token, bad) for route in OWN for bad in route.bad()
    ]
    assert len(complaints) > 60
    assert [one for one in complaints if one] == []
    assert await saved_rows(world) == []


async def test_what_is_no_json_object_is_refused(world: World) -> None:
    token = (await world.open_payment())["checkout"]["token"]
    for route in OWN:
        for raw in (*NO_JSON.values(), *TOO_DEEP.values()):
            answer = await send(world, route.path, token, raw)
            assert refusal(answer) == (400, "malformed_body"), raw[:40]
        for raw in NO_OBJECT:
            assert refusal(await send(world, route.path, token, raw)) == REFUSED, raw
    assert await saved_rows(world) == []


async def test_a_card_number_is_accepted_nowhere(world: World) -> None:
    token = (await world.open_payment())["checkout"]["token"]
    for route in OWN:
        body = {**route.body, "vpa": "4242424242424242@ybl"}
        answer = await world.post(route.path, body, token)
        assert refusal(answer) == (422, "card_data_not_accepted")
        assert "4242" not in answer.text
