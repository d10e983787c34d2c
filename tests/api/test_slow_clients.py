"""A client that sends a byte now and then has a total time for its request, and no more."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest

from payment_engine.app import create_app
from tests.serving import http_client, served
from tests.world import ORDER, World

SECONDS = 0.5
"""How long a request may take here."""


@pytest.fixture
async def impatient(world: World) -> AsyncIterator[str]:
    """The address of the API with a short time for requests."""
    app = create_app(world.engine.settings, engine=world.engine)
    app.config.REQUEST_TIMEOUT = SECONDS
    async with served(app) as url:
        yield url


async def dripped(url: str, first: bytes, rest: bytes) -> bytes:
    """The answer to a client that sends ``rest`` a byte at a time until it is answered."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    answer = asyncio.create_task(reader.read(1000))
    writer.write(first)
    async with asyncio.timeout(20 * SECONDS):
        for byte in rest:
            if answer.done():
                break
            writer.write(bytes([byte]))
            await asyncio.wait([answer], timeout=SECONDS / 20)
        received = await answer
    writer.close()
    return received


async def test_headers_that_never_end_are_cut_off(impatient: str) -> None:
    answer = await dripped(impatient, b"GET /live HTTP/1.1\r\nX: ", b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_body_that_never_ends_is_cut_off(impatient: str) -> None:
    head = (
        b"POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n"
    )
    answer = await dripped(impatient, head, b" " * 999)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"request_timeout" in answer


async def test_others_are_served_meanwhile_and_a_kept_connection_is_not_cut_off(
    world: World, impatient: str
) -> None:
    slow = asyncio.create_task(dripped(impatient, b"GET /live HTTP/1.1\r\nX: ", b"x" * 1000))
    headers = {"authorization": f"Bearer {world.keys.service_key}"}
    async with http_client(impatient) as client:
        answers: list[httpx.Response] = []
        while not slow.done():
            body = {**ORDER, "order_id": f"PO-{len(answers)}"}
            key = {"idempotency-key": f"k{len(answers)}", "content-type": "application/json"}
            answers.append(
                await client.post(
                    "/v1/payments", content=json.dumps(body), headers={**headers, **key}
                )
            )
            await asyncio.sleep(0.02)
    assert (await slow).startswith(b"HTTP/1.1 408")
    assert {answer.status_code for answer in answers} == {201}
