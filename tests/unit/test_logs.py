"""Every log line is JSON with the ids of its context, and without secret or personal data."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from payment_engine import logs
from tests.captured_logs import captured_log

CARD = "4111111111111111"
ORDER = "4111111111111112"
"""Sixteen digits that fail the check digit: an order number."""
SANIC = ["sanic.root", "sanic.error", "sanic.access", "sanic.server", "sanic.websockets"]
EARLY = structlog.get_logger("early")
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The lines logged so far; the logging of the process is restored afterwards."""
    with captured_log() as stream:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_its_event_its_fields_its_level_and_its_time(lines: Lines) -> None:
    structlog.get_logger("engine").warning("raw_log_lost", exchanges=3)
    (line,) = lines()
    at = datetime.fromisoformat(line.pop("timestamp"))
    named = {"event": "raw_log_lost", "exchanges": 3, "level": "warning", "logger": "engine"}
    assert line == named
    assert at.tzinfo == UTC


def test_lines_below_the_level_are_not_logged(lines: Lines) -> None:
    structlog.get_logger().debug("noise")
    logging.getLogger("httpx").info("GET https://gateway.example/orders?vpa=a@ybl")
    assert lines() == []


@pytest.mark.parametrize("name", [*SANIC, "asyncio", "httpx", "aiohttp.client", "tortoise.db"])
def test_lines_of_libraries_carry_the_ids_too(lines: Lines, name: str) -> None:
    logs.bind(request_id="req_1", payment="pay_1", attempt="att_1", refund="rfd_1")
    logging.getLogger(name).error("gone: %s", CARD)
    (line,) = lines()
    ids = {key: line[key] for key in ("request_id", "payment", "attempt", "refund")}
    assert ids == {"request_id": "req_1", "payment": "pay_1", "attempt": "att_1", "refund": "rfd_1"}
    assert (line["event"], line["logger"]) == ("gone: <card>", name)


@pytest.mark.parametrize("name", SANIC)
def test_sanics_own_handlers_are_removed_and_its_lines_logged_once(lines: Lines, name: str) -> None:
    stray, logger = io.StringIO(), logging.getLogger(name)
    logger.handlers, logger.propagate = [logging.StreamHandler(stray)], False
    stream = io.StringIO()
    logs.configure("info", stream=stream)
    logger.error("gone")
    assert (stray.getvalue(), len(stream.getvalue().splitlines())) == ("", 1)


@pytest.mark.parametrize("name", ["payment_engine", "sanic.error"])
def test_a_card_number_in_an_exception_is_never_logged(lines: Lines, name: str) -> None:
    try:
        raise ValueError(f"cannot charge {CARD[:4]} {CARD[4:8]} {CARD[8:]}") from OSError(CARD)
    except ValueError:
        structlog.get_logger(name).exception("charge_failed")
        logging.getLogger(name).exception("charge failed")
    for line in lines():
        assert "ValueError: cannot charge <card>" in line["exception"]
        assert "OSError: <card>" in line["exception"]


def test_an_order_number_that_only_resembles_a_card_number_is_logged(lines: Lines) -> None:
    structlog.get_logger().info("opened", order_id=ORDER)
    assert lines()[0]["order_id"] == ORDER


@pytest.mark.parametrize("value", [CARD, int(CARD), [CARD], {"a": [int(CARD)]}, {CARD: 1}])
def test_a_card_number_in_a_field_is_never_logged(lines: Lines, value: object) -> None:
    structlog.get_logger().info("opened", value=value)
    assert CARD not in json.dumps(lines())


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "Authorization",
        "x-api-key",
        "password",
        "notify_secret",
        "client_auth_token",
        "token",
        "signature",
        "cvv",
        "otp",
        "card_number",
        "card_alt_id",
        "vpa",
        "phone",
        "email",
        "billing_address",
        "name",
    ],
)
def test_fields_with_secret_or_personal_names_are_hidden(lines: Lines, name: str) -> None:
    structlog.get_logger().info("request", **{name: "v4lue"}, headers=[{name: "v4lue"}])
    (line,) = lines()
    assert (line[name], line["headers"]) == ("<hidden>", [{name: "<hidden>"}])


def test_plain_values_keep_their_types(lines: Lines) -> None:
    fields = {"amount": 116400, "ok": True, "none": None, "seconds": 0.5, "gateway_name": "juspay"}
    structlog.get_logger().info("opened", **fields)
    assert {name: lines()[0][name] for name in fields} == fields


def test_a_value_that_hides_itself_stays_hidden(lines: Lines) -> None:
    structlog.get_logger().info("opened", config=SecretStr("s3cret-root"))
    assert lines()[0]["config"] == "**********"


async def test_ids_do_not_leak_from_one_task_to_another(lines: Lines) -> None:
    async def serve(request_id: str) -> None:
        logs.bind(request_id=request_id)
        await asyncio.sleep(0)
        structlog.get_logger().info(f"served_{request_id}")

    await asyncio.gather(serve("req_1"), serve("req_2"))
    structlog.get_logger().info("after")
    ids = {line["event"]: line.get("request_id") for line in lines()}
    assert ids == {"served_req_1": "req_1", "served_req_2": "req_2", "after": None}


def test_a_connections_next_request_starts_without_the_ids_of_its_last(lines: Lines) -> None:
    logs.bind(request_id="req_1", payment="pay_1")
    logs.clear()
    logs.bind(request_id="req_2")
    structlog.get_logger().info("arrived")
    assert (lines()[0]["request_id"], "payment" in lines()[0]) == ("req_2", False)


def test_a_logger_made_before_logging_was_configured_follows_it(lines: Lines) -> None:
    EARLY.info("began", worker=1)
    assert lines()[0]["worker"] == 1
