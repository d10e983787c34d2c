"""Each route reads as much of a body as it may carry, and refuses one byte more by its number."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from payment_engine.app import create_app
from payment_engine.blueprints.operation import OPERATIONS
from payment_engine.domain.requests import sizes
from tests.described import description
from tests.world import ORDER, World

ROUTES = [
    (each.method, each.path.replace("<", "{").replace(":str>", "}"), each.max_body)
    for each in OPERATIONS
    if each.body
]
OTHERS = [
    ("POST", "/v1/juspay/webhook", sizes.WEBHOOK),
    ("DELETE", "/v1/cards/crd_1", sizes.NO_BODY),
    ("DELETE", "/v1/customers/cust-8812", sizes.NO_BODY),
    ("GET", "/v1/cards", sizes.NO_BODY),
    ("GET", "/v1/openapi.json", sizes.NO_BODY),
]


def padded(size: int) -> bytes:
    """Valid JSON of that many bytes."""
    return b"{" + b" " * (size - 2) + b"}"


async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
    """The same without its length."""
    for start in range(0, len(body), 8192):
        yield body[start : start + 8192]


async def send(world: World, method: str, path: str, content: Any) -> httpx.Response:
    headers = {**world.headers(), "content-type": "application/json"}
    return await world.api.request(method, path, content=content, headers=headers)


@pytest.mark.parametrize(("method", "path", "most"), ROUTES + OTHERS)
async def test_a_body_of_the_routes_size_is_read_and_a_larger_one_is_not(
    world: World, method: str, path: str, most: int
) -> None:
    fits = await send(world, method, path, padded(most))
    over = await send(world, method, path, padded(most + 1))
    assert fits.status_code != 413
    assert (over.status_code, over.json()["code"]) == (413, "payload_too_large")
    assert over.json()["max_bytes"] == most
    assert str(most) in over.json()["detail"]


@pytest.mark.parametrize(("method", "path", "most"), [*ROUTES[:2], *OTHERS[:2]])
async def test_a_body_that_does_not_tell_its_size_is_refused_while_it_arrives(
    world: World, method: str, path: str, most: int
) -> None:
    fits = await send(world, method, path, in_chunks(padded(most)))
    over = await send(world, method, path, in_chunks(padded(most + 1)))
    assert fits.status_code != 413
    assert (over.status_code, over.json()["max_bytes"]) == (413, most)
    assert (await world.api.get("/live")).status_code == 200


async def test_a_body_that_tells_that_it_is_too_large_is_refused_before_its_first_byte(
    world: World,
) -> None:
    url = world.api.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /v1/payments HTTP/1.1\r\nhost: x\r\ncontent-length: {sizes.CART + 1}\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"}")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert f'"max_bytes":{sizes.CART}'.encode() in answer


async def test_the_largest_cart_fits_however_it_is_written(world: World) -> None:
    text = "\\u0915" * 120
    line = f'{{"label":"{text}","note":"{text}","amount":1164}}'
    lines = ",".join([line] * 100)
    entries = ",".join(f'"{text[:-12]}{n:02}":"{text}"' for n in range(20))
    body = (
        f'{{"order_id":"PO1","amount":116400,"currency":"INR","breakdown":[{lines}],'
        f'"customer":{{"ref":"cust-8812"}},"return_url":"{ORDER["return_url"]}",'
        f'"metadata":{{{entries}}}}}'
    )
    answer = await send(world, "POST", "/v1/payments", body.encode())
    assert answer.status_code == 201, answer.text


async def test_no_route_reads_more_than_the_setting_allows(world: World) -> None:
    world.engine.settings = world.engine.settings.model_copy(update={"max_body_bytes": 2048})
    over = await send(world, "POST", "/v1/payments", padded(2049))
    assert (over.status_code, over.json()["max_bytes"]) == (413, 2048)


def test_the_description_names_the_size_of_each_body() -> None:
    described = description()["paths"]
    for method, path, most in ROUTES:
        body = described[path][method.lower()]["requestBody"]
        assert body["x-max-bytes"] == most
        assert f"{most:,} bytes" in body["description"]
        assert "413" in described[path][method.lower()]["responses"]


def test_every_route_that_takes_a_body_declares_its_size(world: World) -> None:
    app = create_app(world.engine.settings, engine=world.engine)
    undeclared = [
        route.path
        for route in app.router.routes_all.values()
        if route.methods & {"POST", "PUT", "PATCH"} and not hasattr(route.ctx, "max_body")
    ]
    assert undeclared == []
