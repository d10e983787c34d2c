"""Every verb of every gateway tells "not sent" from "unknown", and never sends twice."""

import inspect

import pytest

from payment_engine.domain.gateway import NotSent, Throttled, Unknown
from payment_engine.gateways import find_gateways
from payment_engine.gateways.base import Gateway

VERBS = {
    "charge": lambda gateway, charge, key: gateway.charge(charge),
    "fetch_charge": lambda gateway, charge, key: gateway.fetch_charge(key),
    "refund": lambda gateway, charge, key: gateway.refund("rf0001", key, 100),
    "fetch_refund": lambda gateway, charge, key: gateway.fetch_refund("rf0001", key),
    "capture": lambda gateway, charge, key: gateway.capture(key, 100),
    "void": lambda gateway, charge, key: gateway.void(key),
}


def answer(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


USELESS = {
    "server_error": answer("500 Oops", b'{"status":"CHARGED"}'),
    "bad_gateway_page": answer("502 Bad Gateway", b"<html>"),
    "success_page": answer("200 OK", b"<html>"),
    "empty_success": answer("200 OK", b""),
    "empty_object": answer("200 OK", b"{}"),
    "a_list": answer("200 OK", b"[]"),
    "missing_page": answer("404 Not Found", b"<html>"),
    "missing_route": answer("404 Not Found", b'{"error":"no such route"}'),
    "redirect": answer("302 Found\r\nlocation: /charged", b"{}"),
    "half_an_answer": b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"sta',
    "closed": b"",
    "no_http": b"\x00\x01\x02\r\n\r\n",
}


@pytest.fixture(params=VERBS)
def verb(request, case):
    return VERBS[request.param]


@pytest.mark.parametrize("raw", USELESS.values(), ids=USELESS)
async def test_an_answer_that_says_nothing_is_unknown_and_was_sent_once(
    make_gateway, broken, make_charge, key, verb, raw
):
    server = await broken(raw)

    with pytest.raises(Unknown):
        await verb(make_gateway(server.url), make_charge(), key)

    assert server.requests == 1


async def test_silence_is_unknown_and_was_sent_once(make_gateway, broken, make_charge, key, verb):
    server = await broken(None)

    with pytest.raises(Unknown):
        await verb(make_gateway(server.url, total_timeout=0.5), make_charge(), key)

    assert server.requests == 1


async def test_a_refused_connection_is_not_sent(make_gateway, nobody, make_charge, key, verb):
    with pytest.raises(NotSent):
        await verb(make_gateway(nobody), make_charge(), key)


async def test_too_many_requests_proves_nothing_and_was_sent_once(
    make_gateway, broken, make_charge, key, verb
):
    server = await broken(answer("429 Too Many Requests", b"{}"))

    with pytest.raises(Throttled):
        await verb(make_gateway(server.url), make_charge(), key)

    assert server.requests == 1


@pytest.mark.parametrize("code", ["400 Bad Request", "403 Forbidden", "409 Conflict"])
@pytest.mark.parametrize("body", [b"{}", b'{"code":"odd","error_code":"odd","status":"odd"}'])
async def test_an_error_that_no_document_explains_is_no_refusal(
    make_gateway, broken, make_charge, key, verb, code, body
):
    server = await broken(answer(code, body))

    with pytest.raises(Unknown):
        await verb(make_gateway(server.url), make_charge(), key)


@pytest.mark.parametrize("name", ["charge", *VERBS, "read_webhook", "read_return"])
def test_every_verb_keeps_the_signature_of_the_contract(case, name):
    ours = getattr(find_gateways()[case.NAME], name)

    assert inspect.signature(ours) == inspect.signature(getattr(Gateway, name))
    assert inspect.getdoc(ours)
