"""What each way of failing on a real socket proves: not sent, or unknown."""

import asyncio
import gzip
import socket
from contextlib import suppress

import httpx
import pytest

from payment_engine.domain.gateway import NotSent, Unknown
from payment_engine.gateways import transport
from payment_engine.gateways.transport import AiohttpTransport
from tests.unit.gateways.loopback import ok, post


def answering(raw):
    async def talk(reader, writer):
        writer.write(raw)
        await writer.drain()

    return talk


async def close(reader, writer):
    writer.close()


async def reset(reader, writer):
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


async def silence(reader, writer):
    await reader.read()


async def drip(reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    with suppress(ConnectionError):
        while not reader.at_eof():
            writer.write(b"1")
            await writer.drain()
            await asyncio.sleep(0.02)


async def half_a_body(reader, writer):
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"status":')
    writer.close()


async def test_a_refused_connection_is_not_sent(make_wire):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(NotSent):
            await post(make_wire(), url)


async def test_a_handshake_that_is_never_answered_is_not_sent(make_wire, start):
    server = await start(silence)

    with pytest.raises(NotSent):
        await post(make_wire(connect_timeout=0.1), server.url.replace("http", "https"))

    assert server.requests == []


async def test_a_host_that_speaks_no_tls_is_not_sent(make_wire, start):
    listener = await asyncio.start_server(close_after_hello, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]

    with pytest.raises(NotSent):
        await post(make_wire(), f"https://127.0.0.1:{port}")
    listener.close()


async def close_after_hello(reader, writer):
    await reader.read(10)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


ENDLESS = (silence, drip)


@pytest.mark.parametrize(
    "talk",
    [
        close,
        reset,
        silence,
        drip,
        half_a_body,
        answering(b"\x00\xffnot http at all\r\n\r\n"),
        answering(ok(b"<html>")),
        answering(ok(b'{"status":"x"}', status="502 Bad Gateway")),
        answering(ok(b"\x1f\x8bnot gzip", "content-encoding: gzip")),
        answering(ok(b'{"a":NaN}')),
        answering(ok(b"[" * 100_000)),
    ],
    ids=lambda talk: talk.__name__,
)
async def test_a_failure_after_the_request_is_unknown_and_was_sent_once(make_wire, start, talk):
    server = await start(talk)
    patience = {"total_timeout": 0.4} if talk in ENDLESS else {}

    with pytest.raises(Unknown):
        await post(make_wire(**patience), server.url)

    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_kept_connection_that_died_is_unknown_and_nothing_is_sent_again(
    make_wire, start, method
):
    async def answer_once(reader, writer):
        if len(server.requests) == 1:
            writer.write(ok(b"{}"))
        else:
            writer.close()

    server = await start(answer_once)
    wire = make_wire()
    ask = {"headers": {}, "allow": frozenset()}
    await wire.send("first", method, server.url, **ask)

    with pytest.raises(Unknown):
        await wire.send("second", method, server.url, **ask)

    assert len(server.requests) == 2


async def test_a_connection_closed_between_two_posts_is_replaced(make_wire, start):
    async def answer_and_close(reader, writer):
        writer.write(ok(b"{}"))
        await writer.drain()
        writer.close()

    server = await start(answer_and_close)
    wire = make_wire()
    await post(wire, server.url)
    await asyncio.sleep(0.05)
    await post(wire, server.url)

    assert (server.connections, len(server.requests)) == (2, 2)


async def test_connections_are_kept(make_wire, start):
    server = await start(answering(ok(b"{}")))
    wire = make_wire()
    for _ in range(5):
        await post(wire, server.url)

    assert server.connections == 1


async def test_hundreds_of_calls_at_once_are_answered(make_wire, start):
    server = await start(answering(ok(b"{}")))
    wire = make_wire(max_in_flight=256, max_waiting=400, total_timeout=30.0, connect_timeout=20.0)

    answers = await asyncio.gather(*(post(wire, server.url) for _ in range(400)))

    assert [answer.status for answer in answers] == [200] * 400
    assert len(server.requests) == 400


async def test_an_answer_too_large_is_unknown(make_wire, start):
    server = await start(answering(ok(b" " * (transport.MAX_BODY + 1))))

    with pytest.raises(Unknown):
        await post(make_wire(), server.url)


async def test_a_compressed_answer_is_read(make_wire, start):
    body = gzip.compress(b'{"status":"fine"}')
    server = await start(answering(ok(body, "content-encoding: gzip")))

    assert (await post(make_wire(), server.url)).json() == {"status": "fine"}


async def test_no_redirect_is_followed_and_no_cookie_kept(make_wire, start):
    moved = ok(b"{}", "location: /elsewhere", "set-cookie: a=b; Path=/", status="302 Found")
    server = await start(answering(moved))
    wire = make_wire()

    answer = await post(wire, server.url)
    await post(wire, server.url)

    assert answer.status == 302
    assert len(server.requests) == 2
    assert b"cookie" not in server.requests[1].lower()


async def test_the_url_and_the_form_leave_exactly_as_given(make_wire, start):
    server = await start(answering(ok(b"{}")))
    wire = make_wire()

    await wire.send(
        "odd",
        "POST",
        f"{server.url}/a%2Fb/%7Ec",
        headers={"X-One": "1"},
        allow=frozenset(),
        form={"a b": "c&d"},
        query={"q": "x+y"},
    )

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a%2Fb/%7Ec?q=x%2By HTTP/1.1")
    assert body == b"a+b=c%26d"
    assert head.lower().count(b"content-type") == 1


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1:1", "http://127.0.0.1:abc", "http://127.0.0.1:99999999"]
)
async def test_an_address_that_is_no_http_is_not_sent(make_wire, url):
    with pytest.raises(NotSent):
        await post(make_wire(), url)


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (silence, httpx.ReadTimeout),
        (reset, httpx.ReadError),
        (close, httpx.RemoteProtocolError),
        (half_a_body, httpx.RemoteProtocolError),
    ],
)
async def test_what_happens_after_connecting_has_its_own_name(start, talk, error):
    server = await start(talk)
    times = httpx.Timeout(5, read=0.1)

    async with httpx.AsyncClient(transport=AiohttpTransport(), timeout=times) as client:
        with pytest.raises(error):
            await client.post(server.url)


async def test_a_wire_that_was_never_used_can_be_closed(make_wire):
    await make_wire().aclose()
