"""What a process that serves loads when it starts, since all of it stays in its memory."""

import subprocess
import sys

import pytest

_SCRIPT = """
import sys
sys.argv[1:] = ["{command}"]
from payment_engine import __main__
try:
    __main__.cli()
except SystemExit:
    pass  # there are no settings
import payment_engine.serve, payment_engine.worker
print(*{{name.partition(".")[0] for name in sys.modules}})
import rich, click
"""


@pytest.mark.parametrize("command", ["api", "worker"])
def test_what_serves_nobody_is_not_loaded_and_is_found_afterwards(command: str) -> None:
    script = _SCRIPT.format(command=command)
    started = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={}
    )
    loaded = set(started.stdout.split())
    assert {"structlog", "httpx", "sanic"} <= loaded
    assert not loaded & {"rich", "click", "cyclopts", "motor", "pymongo", "gridfs"}
