"""Reports errors to Sentry, if the settings name one: what is sent is named here, all else is not.

None of Sentry's own integrations runs: by default they send request bodies, local variables and
the texts of errors, card numbers included. A report has the name of the event, ids, numbers, and of
an error its type and where it was raised.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from payment_engine import __version__, logs
from payment_engine.domain.card_numbers import scrub
from payment_engine.domain.ids import is_any_id

if TYPE_CHECKING:
    from sentry_sdk import Client
    from sentry_sdk.transport import Transport

_NAME = re.compile(r"[a-z_]{1,40}")
_PLAIN = re.compile(r"(?:/v1)?[A-Za-z_./<>:-]{1,80}")
"""What a text may be made of: a name or a route of ours; no digit, space or address."""
_REQUEST = re.compile(r"req_[0-9a-f]{20}")
_TAGS = frozenset({"request_id", "payment", "attempt", "refund", "message", "gateway", "route"})
_LARGE = 10**6
"""A number of as many digits may be somebody's."""
_LONGEST = 120
_OURS = "payment_engine"
_ITS_OWN = "sentry_sdk"
_CHAIN = 5


class MissingExtra(Exception):
    """The package that sends the reports is not installed."""


def client(dsn: str, environment: str, transport: "type[Transport] | None" = None) -> "Client":
    """A client that adds nothing by itself. Raises MissingExtra."""
    try:
        from sentry_sdk import Client
    except ImportError:
        raise MissingExtra("install payment-engine[sentry]") from None
    return Client(
        dsn=dsn,
        environment=environment,
        release=__version__,
        transport=transport,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="",
        traces_sample_rate=None,
    )


class Reports(logging.Handler):
    """Sends each error that is logged, in a thread of its own; one that cannot be sent is lost."""

    def __init__(self, sender: "Client") -> None:
        super().__init__(logging.ERROR)
        self._sender = sender

    def emit(self, record: logging.LogRecord) -> None:
        """Report one line; the failure to do so fails nothing else."""
        if record.name.startswith(_ITS_OWN):
            return
        try:
            self._sender.capture_event(report_of(record))
        except Exception:  # noqa: BLE001 - it is for reports alone, and the log has the line
            self.handleError(record)


def install(sender: "Client") -> None:
    """Report every error of this process from now on."""
    logging.getLogger().addHandler(Reports(sender))


def report_of(record: logging.LogRecord) -> Any:
    """What is sent of a line of the log."""
    line = record.msg if isinstance(record.msg, dict) else {}
    fields = {**logs.bound(), **line}
    facts = dict(_facts(fields))
    return {
        "level": record.levelname.lower(),
        "logger": record.name,
        "logentry": {"message": _name_of(record, line)},
        "tags": {name: facts[name] for name in _TAGS & facts.keys()},
        "extra": {name: value for name, value in facts.items() if name not in _TAGS},
        "exception": {"values": list(_chain(_error_of(record, line)))},
    }


def _error_of(record: logging.LogRecord, line: dict[str, Any]) -> object:
    """The error that is logged; ``True`` stands for the one that is being handled."""
    given = line.get("exc_info") or record.exc_info
    given = sys.exc_info() if given is True else given
    return given[1] if isinstance(given, tuple) else given


def _name_of(record: logging.LogRecord, line: dict[str, Any]) -> str:
    """The name of our event; of a library's line the template, without what fills it."""
    if "event" in line and record.name.startswith(_OURS):
        return str(line["event"])[:_LONGEST]
    return (
        "a line of a library"
        if record.args is None or not record.args
        else scrub(str(record.msg))[:_LONGEST]
    )


def _facts(fields: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Ids, names, and numbers that are too short for a phone's or a card's."""
    masked = logs.mask_event(None, "", fields)
    for name, value in masked.items():
        if name in ("event", "exc_info") or not _NAME.fullmatch(name) or name.startswith("_"):
            continue
        if _may_be_sent(value):
            yield name, value


def _may_be_sent(value: object) -> bool:
    if isinstance(value, int | float):
        return abs(value) < _LARGE
    return isinstance(value, str) and bool(
        is_any_id(value) or _PLAIN.fullmatch(value) or _REQUEST.fullmatch(value)
    )


def _chain(error: object) -> Iterator[dict[str, Any]]:
    """The error and what caused it, oldest first: types and places, no texts."""
    found: list[BaseException] = []
    while isinstance(error, BaseException) and len(found) < _CHAIN:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for each in reversed(found):
        frames = traceback.extract_tb(each.__traceback__)
        yield {
            "type": type(each).__name__,
            "module": type(each).__module__,
            "value": "",
            "stacktrace": {
                "frames": [
                    {
                        "filename": frame.filename,
                        "function": frame.name,
                        "lineno": frame.lineno,
                        "in_app": _OURS in frame.filename,
                    }
                    for frame in frames
                ]
            },
        }
