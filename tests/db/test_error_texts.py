"""Of a refused row the broken rule is logged, and never what the row says a patient bought."""

import io
import json
import logging
from collections.abc import Iterator

import asyncpg
import pytest
import structlog
from pymongo.errors import DuplicateKeyError
from tortoise.exceptions import IntegrityError

from tests.captured_logs import captured_log

BOUGHT = "planted-medicine"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged; the logging of the process is restored afterwards."""
    with captured_log() as stream:
        yield stream


async def refused(database: str) -> asyncpg.PostgresError:
    """The error of a row that no constraint allows, with the row in its text."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            "CREATE TEMPORARY TABLE bought "
            "(what text, paise int, CONSTRAINT paid CHECK (paise > 0))"
        )
        await connection.execute("INSERT INTO bought VALUES ($1, 0)", BOUGHT)
    except asyncpg.PostgresError as error:
        return error
    finally:
        await connection.close()
    raise AssertionError("the row was stored")


async def test_a_row_that_is_refused_is_logged_by_its_constraint_alone(
    database: str, log: io.StringIO
) -> None:
    error = await refused(database)
    assert BOUGHT in str(error)
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = error
    itself = asyncpg.CheckViolationError("its own cause")
    itself.__cause__ = itself
    for logged in (error, IntegrityError(error), wrapped):
        structlog.get_logger().error("request_failed", exc_info=logged)
        logging.getLogger("asyncio").error("never retrieved", exc_info=logged)
    structlog.get_logger().error("request_failed", exc_info=itself)

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len(lines) == 7
    assert BOUGHT not in log.getvalue()
    assert all("CheckViolationError bought paid" in line["exception"] for line in lines[:6])
    assert lines[5]["exception"].endswith("RuntimeError: wrapped")


def test_an_error_of_mongodb_is_logged_by_its_name_alone(log: io.StringIO) -> None:
    error = DuplicateKeyError(f"dup key: {BOUGHT}", 11000, {"keyValue": {"what": BOUGHT}})
    structlog.get_logger().error("raw_log_not_written", exc_info=error)
    assert BOUGHT not in log.getvalue()
    assert "DuplicateKeyError" in log.getvalue()
