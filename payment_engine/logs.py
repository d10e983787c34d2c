"""Logs as JSON lines: an event name, fields, and the ids bound to the current context."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from payment_engine import metrics, tracing
from payment_engine.domain.card_numbers import scrub

HIDDEN = "<hidden>"
_SECRET = (
    "authorization",
    "api_key",
    "password",
    "secret",
    "token",
    "checksum",
    "signature",
    "cvv",
    "otp",
    "card_number",
    "alt_id",
    "vpa",
    "phone",
    "email",
    "address",
    "name",
    "name_on_card",
)
_HIDDEN = frozenset(_SECRET)
_HIDDEN_ENDINGS = tuple(f"_{name}" for name in _SECRET if name != "name")
_DRIVERS = frozenset({"asyncpg", "tortoise", "pymongo", "bson", "pydantic_core"})
_LONGEST_CHAIN = 10
"""Errors written of a chain of causes; one may cause itself."""
_NAMES = ("table_name", "column_name", "constraint_name")
"""What of a PostgreSQL error is a name of ours."""
_QUIET = ("httpx", "httpcore", "aiohttp", "asyncio", "pymongo", "tortoise", "asyncpg")
_SANIC = ("sanic.root", "sanic.error", "sanic.access", "sanic.server", "sanic.websockets")

_unmasked: TextIO | None = None
"""Where lines that need no masking are written; None while informational lines are not."""


def configure(level: str, *, stream: TextIO | None = None) -> None:
    """Send all loggers of the process through one handler, which masks as its last step."""
    global _unmasked
    written = stream or sys.stderr
    _unmasked = written if logging.getLevelNamesMapping()[level.upper()] <= logging.INFO else None
    handler = logging.StreamHandler(written)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_exception_text),
                mask_event,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SANIC:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def bind(**ids: str) -> None:
    """Add these ids to every line of this context."""
    structlog.contextvars.bind_contextvars(**ids)


def bound() -> dict[str, Any]:
    """The ids that are bound to this context."""
    return structlog.contextvars.get_contextvars()


def clear() -> None:
    """Drop the bound ids, so that the next request of a connection starts without them."""
    structlog.contextvars.clear_contextvars()


def write_unmasked(event: str, logger: str, **fields: str | float) -> None:
    """Write an informational line of numbers, ids and names of ours, and nothing else.

    Nothing in it can be secret, so it costs a tenth of a line that is masked (decision 36).
    """
    if _unmasked is None:
        return
    line = {"event": event, **fields, **bound(), **tracing.ids()}
    line |= {"level": "info", "logger": logger, "timestamp": datetime.now(UTC)}
    _unmasked.write(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode() + "\n")
    _unmasked.flush()


def mask_event(_: Any, __: str, event: EventDict) -> EventDict:
    """The event without secrets, personal data or card numbers."""
    return {scrub(str(name)): _masked(str(name), value) for name, value in event.items()}


def _exception_text(exc_info: ExcInfo) -> str:
    """The traceback of an error and of what caused it, oldest first.

    Of a driver's error, whose text may repeat what was stored, only the names are written.
    """
    error: BaseException | None = exc_info[1]
    parts: list[str] = []
    while error is not None and len(parts) < _LONGEST_CHAIN:
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{frames}{type(error).__name__}: {_error_text(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(reversed(parts))


def _error_text(error: BaseException) -> str:
    if type(error).__module__.partition(".")[0] not in _DRIVERS:
        return str(error)
    inner = next((each for each in error.args if isinstance(each, BaseException)), error)
    names = (type(inner).__name__, *(getattr(inner, name, None) for name in _NAMES))
    return " ".join(name for name in names if name)


def _masked(name: str, value: Any) -> Any:
    plain = name.lower().replace("-", "_")
    return HIDDEN if plain in _HIDDEN or plain.endswith(_HIDDEN_ENDINGS) else _clean(value)


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {scrub(str(name)): _masked(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    cleaned = scrub(text)
    if cleaned != text:
        metrics.card_numbers_masked.inc()
    return value if cleaned == text and isinstance(value, int | float) else cleaned


def _add_trace(_: Any, __: str, event: EventDict) -> EventDict:
    event.update(tracing.ids())
    return event


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
