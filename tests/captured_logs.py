"""The service's log as a test reads it, and short lines at all other times."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from payment_engine import logs


def log_plainly() -> None:
    """structlog's own default draws each traceback with every local, which takes seconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ]
    )


@contextmanager
def captured_log(level: str = "info") -> Iterator[io.StringIO]:
    """Every line from this level on, as the service writes it."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level
    logs.configure(level, stream=stream)
    try:
        yield stream
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()
        log_plainly()
        logs.clear()
