"""What the service logs while it is called, kept for a look."""

import io
from collections.abc import Iterator

import pytest

from tests.captured_logs import captured_log


@pytest.fixture(autouse=True)
def logged() -> Iterator[io.StringIO]:
    """Every line of the service; the process's own logging is put back afterwards."""
    with captured_log("debug") as stream:
        yield stream
