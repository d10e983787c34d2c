"""What is sent to Sentry, by its real client: no card, person, secret or text of an error."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sentry_sdk import Client
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from payment_engine import error_reports, logs
from tests.captured_logs import captured_log

SECRETS = {
    "card": "4111111111111111",
    "spaced card": "4111 1111 1111 1111",
    "cvv": "739",
    "otp": "482913",
    "phone": "9876543210",
    "email": "asha.rao@shop.example",
    "vpa": "asha.rao@okaxis",
    "token": "ak_0123456789abcdef0123456789abcdef01234567",
    "name": "Asha Rao",
    "address": "203.0.113.77",
    "sentence": "the customer lives at 12 Main Road",
    "sql": "Failing row contains (pay_1, 9876543210)",
}
REQUEST = "req_" + "1f2e3" * 4
_OF_THE_CLIENT = re.compile(rb'"(?:event_id|sent_at|timestamp)":"[^"]*"|"length":[0-9]+')
"""What the client draws or counts itself: any three digits may be in it."""
DSN = "http://public@127.0.0.1:9/1"


class Captured(Transport):
    """Keeps the bytes that the real transport would have sent."""

    sent: list[bytes] = []  # noqa: RUF012 - emptied before each test

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize())


@pytest.fixture
def sent() -> Iterator[list[bytes]]:
    with captured_log():
        Captured.sent.clear()
        error_reports.install(error_reports.client(DSN, "tests", Captured))
        yield Captured.sent


def event(envelope: bytes) -> dict[str, Any]:
    return dict(json.loads(envelope.splitlines()[-1]))


def fails_with(text: str) -> None:
    card, holder = SECRETS["card"], SECRETS["name"]
    try:
        raise KeyError(f"{text} {card} {holder}")
    except KeyError as error:
        raise RuntimeError(f"while handling {text}") from error


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_nothing_secret_is_sent_wherever_it_stands(sent: list[bytes], secret: str) -> None:
    log = structlog.get_logger("payment_engine.services.payments")
    logs.bind(request_id=f"req {secret}", payment=secret)
    try:
        fails_with(secret)
    except RuntimeError as error:
        log.exception("request_failed", detail=secret, body={"card": secret}, vpa=secret)
        log.exception("request_failed", exc_info=error, listed=[secret], **{secret: 1})
        logging.getLogger("asyncio").exception("Task failed: %s", secret)
        logging.getLogger("sanic.error").exception(f"Exception with {secret}")  # noqa: G004
    assert len(sent) == 4
    for envelope in sent:
        ours = _OF_THE_CLIENT.sub(b"", envelope)
        assert secret.encode() not in ours
        assert secret.replace(" ", "").encode() not in ours


def test_a_report_says_what_happened_where_and_to_which_payment(sent: list[bytes]) -> None:
    payment = "pay_01m8cmg80rfshbgrynn8"
    logs.bind(request_id=REQUEST, payment=payment)
    try:
        fails_with("anything")
    except RuntimeError:
        structlog.get_logger("payment_engine.app").exception(
            "request_failed", gateway="juspay", tries=3
        )
    [report] = map(event, sent)
    assert report["logentry"] == {"message": "request_failed"}
    assert report["tags"] == {"request_id": REQUEST, "payment": payment, "gateway": "juspay"}
    assert report["extra"]["tries"] == 3
    first, second = report["exception"]["values"]
    assert (first["type"], second["type"]) == ("KeyError", "RuntimeError")
    frames = second["stacktrace"]["frames"]
    assert frames[-1]["function"] == "fails_with"
    assert not {"vars", "context_line", "pre_context"} & set().union(*frames)
    assert not {"request", "user", "breadcrumbs", "modules", "contexts"} & {
        name for name, value in report.items() if value and name != "contexts"
    }


def test_only_errors_are_sent(sent: list[bytes]) -> None:
    log = structlog.get_logger("payment_engine.worker")
    log.info("worker_started")
    log.warning("database_away")
    assert sent == []


def test_a_transport_that_fails_fails_nothing_else(
    sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)

    def refuse(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(Client, "capture_event", refuse)
    structlog.get_logger("payment_engine.worker").error("round_failed")
    assert sent == []


async def test_the_real_transport_sends_the_same(sent: list[bytes]) -> None:
    received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        received.set_result(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    real = error_reports.client(f"http://public@127.0.0.1:{port}/1", "tests")
    async with server:
        error_reports.install(real)
        structlog.get_logger("payment_engine.worker").error("round_failed", phone=SECRETS["phone"])
        request = await asyncio.wait_for(received, 20)
        await asyncio.to_thread(real.close, 2.0)
    assert request.startswith(b"POST /api/1/envelope/")
    assert SECRETS["phone"].encode() not in request
