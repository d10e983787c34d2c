"""Bodies that are no JSON, not an object, not of the right kind or far too large."""

import json

import httpx
import pytest

from payment_engine.domain.requests import sizes
from tests.api.bodies import EVERY, PAYMENTS
from tests.api.responses import post_raw, refusal, row_counts
from tests.world import ORDER, World

NO_JSON = {
    "cut off": b'{"order_id":',
    "trailing comma": b'{"order_id":"PO1",}',
    "two documents": b"{} {}",
    "single quotes": b"{'order_id':'PO1'}",
    "comment": b"{} // paid",
    "a form": b"order_id=PO1&amount=100",
    "NaN": b'{"amount":NaN}',
    "Infinity": b'{"amount":Infinity}',
    "-Infinity": b'{"amount":-Infinity}',
    "beyond a float": b'{"amount":1e999}',
    "leading zero": b'{"amount":0100}',
    "lone surrogate": b'{"order_id":"\\ud800"}',
    "invalid UTF-8": b'{"order_id":"\xff\xfe"}',
    "cut off UTF-8": b'{"order_id":"\xe2\x82"}',
    "UTF-16": '{"order_id":"PO1"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "raw control character": b'{"order_id":"a\x00b"}',
    "only spaces": b"   ",
}
TOO_DEEP = {
    "33 lists": b'{"metadata":' + b"[" * 33 + b"]" * 33 + b"}",
    "990 lists": b"[" * 990 + b"]" * 990,
    "1000 objects": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "4000 lists": b"[" * 4_000 + b"]" * 4_000,
}
DEEPER = {
    "10000 lists": b"[" * 10_000 + b"]" * 10_000,
    "10000 objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
}
"""More than most routes read."""
NO_OBJECT = [b"[]", b"[{}]", b"5", b"5.5", b'"text"', b"null", b"true"]
NO_JSON_KIND = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; a=b"]


@pytest.fixture
async def paths(world: World) -> set[str]:
    """Every POST route of a payment that is there."""
    payment = await world.open_payment()
    return {route.path.format(id=payment["id"]) for route in EVERY}


async def refusals(
    world: World, paths: set[str], raw: bytes, **headers: str
) -> set[tuple[int, str]]:
    return {refusal(await post_raw(world, path, raw, **headers)) for path in paths}


async def test_what_is_not_json_is_refused_on_every_route(world: World, paths: set[str]) -> None:
    before = await row_counts(world)
    found = {
        name: await refusals(world, paths, raw) for name, raw in {**NO_JSON, **TOO_DEEP}.items()
    }
    assert {refused for each in found.values() for refused in each} == {(400, "malformed_body")}, (
        found
    )
    assert await row_counts(world) == before


async def test_what_is_nested_deeper_still_is_refused_by_its_size_or_its_depth(
    world: World, paths: set[str]
) -> None:
    before = await row_counts(world)
    for raw in DEEPER.values():
        found = await refusals(world, paths, raw)
        assert found == {(400, "malformed_body"), (413, "payload_too_large")}
    assert await row_counts(world) == before


async def test_json_that_is_no_object_is_refused_on_every_route(
    world: World, paths: set[str]
) -> None:
    before = await row_counts(world)
    found = {raw: await refusals(world, paths, raw) for raw in NO_OBJECT}
    assert {refused for each in found.values() for refused in each} == {(422, "invalid_request")}, (
        found
    )
    assert await row_counts(world) == before


async def test_what_does_not_call_itself_json_is_refused_on_every_route(
    world: World, paths: set[str]
) -> None:
    before = await row_counts(world)
    raw = json.dumps(ORDER).encode()
    found = {
        kind: await refusals(world, paths, raw, **{"content-type": kind}) for kind in NO_JSON_KIND
    }
    assert {refused for each in found.values() for refused in each} == {
        (415, "unsupported_media_type")
    }, found
    assert await row_counts(world) == before


async def test_json_may_name_its_encoding(world: World) -> None:
    raw = json.dumps(ORDER).encode()
    kind = "Application/JSON; charset=utf-8"
    assert (await post_raw(world, "/v1/payments", raw, **{"content-type": kind})).status_code == 201


async def test_an_absent_body_says_what_is_missing(world: World) -> None:
    answer = await post_raw(world, "/v1/payments", b"")
    assert refusal(answer) == (422, "invalid_request")
    missing = {error["pointer"] for error in answer.json()["errors"]}
    assert missing == {
        pointer for pointer, kind in PAYMENTS.fields.items() if kind.endswith("!")
    } & {f"/{name}" for name in ORDER}


async def test_an_absent_body_is_enough_where_there_is_nothing_to_say(world: World) -> None:
    payment = await world.open_payment()
    answer = await post_raw(world, f"/v1/payments/{payment['id']}/cancel", b"")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_of_a_name_given_twice_the_last_value_counts(world: World) -> None:
    first, last = json.dumps({**ORDER, "order_id": "PO1"}), b',"order_id":"PO2"}'
    answer = await post_raw(world, "/v1/payments", first[:-1].encode() + last)
    assert (answer.status_code, answer.json()["order_id"]) == (201, "PO2")


async def test_ten_megabytes_are_refused_and_the_connection_goes_on(
    world: World, paths: set[str]
) -> None:
    before = await row_counts(world)
    raw = b'{"note":"' + b"x" * 10_000_000 + b'"}'
    assert await refusals(world, paths, raw) == {(413, "payload_too_large")}
    assert await row_counts(world) == before
    assert (await world.get("/v1/payments?order_id=PO1")).status_code == 200


async def test_a_large_body_of_unknown_length_does_no_harm(world: World) -> None:
    async def endless() -> object:
        for _ in range(200):
            yield b"x" * 65_536

    before = await row_counts(world)
    try:
        answer = await world.api.post("/v1/payments", content=endless(), headers=world.headers())
    except httpx.TransportError:
        pass  # hung up on while it was still sending
    else:
        assert refusal(answer) == (413, "payload_too_large")
    assert await row_counts(world) == before
    assert (await world.get("/v1/payments?order_id=PO1")).status_code == 200


async def test_a_body_just_below_the_limit_is_read(world: World) -> None:
    most = sizes.CART
    raw = json.dumps(ORDER).encode()
    fits = await post_raw(world, "/v1/payments", raw + b" " * (most - len(raw)))
    over = await post_raw(world, "/v1/payments", raw + b" " * (most - len(raw) + 1))
    assert (fits.status_code, over.status_code) == (201, 413)
