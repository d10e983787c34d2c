"""What the service logs while it is called, kept for a look."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from payment_engine import logs


@pytest.fixture(autouse=True)
def logged() -> Iterator[io.StringIO]:
    """Every line of the service; the process's own logging is put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    logs.configure("debug", stream=stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    logs.clear()
