"""Requests at the edges of HTTP: answered properly, and nothing of them looks like our fault."""

import asyncio
import gzip
import json

import pytest

from tests.world import ORDER, World


async def raw(world: World, request: bytes) -> bytes:
    """The first answer to these bytes."""
    url = world.api.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(request)
    answer = await reader.read(2000)
    writer.close()
    return answer


@pytest.mark.parametrize(
    "path",
    ["/live", "/ready", "/metrics", "/v1/openapi.json", "/checkout/pay_00000000000000000000"],
)
async def test_head_is_answered_like_get_without_a_body(world: World, path: str) -> None:
    get, head = await world.api.get(path), await world.api.head(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /v1/\x00 HTTP/1.1",
        b"GET /v1/pay\xff HTTP/1.1",
        b"GET /\x7f?a=\x01 HTTP/1.1",
        b"GET  / HTTP/1.1",
        b"\x00\x01",
    ],
)
async def test_a_request_line_that_is_none_is_the_callers_error(
    world: World, capsys: pytest.CaptureFixture[str], request_line: bytes
) -> None:
    answer = await raw(world, request_line + b"\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4"), answer
    assert "error" not in capsys.readouterr().out
    assert (await world.api.get("/live")).status_code == 200


async def test_a_get_may_say_that_it_has_no_body(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await world.api.get("/live", headers={"content-length": "0"})
    assert answer.status_code == 200
    assert "error" not in capsys.readouterr().out


async def test_a_compressed_body_is_refused_by_name(world: World) -> None:
    answer = await world.api.post(
        "/v1/payments",
        content=gzip.compress(json.dumps(ORDER).encode()),
        headers={
            "authorization": f"Bearer {world.keys.service_key}",
            "content-type": "application/json",
            "content-encoding": "gzip",
            "idempotency-key": "k",
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "compressed" in answer.json()["detail"]


async def test_a_key_after_two_blanks_is_the_same_key(world: World) -> None:
    paid = await world.open_payment()
    headers = {"authorization": f"Bearer  {world.keys.service_key}"}
    answer = await world.api.get(f"/v1/payments/{paid['id']}", headers=headers)
    assert answer.status_code == 200
