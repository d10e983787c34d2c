"""What a process that serves loads when it starts, since all of it stays in its memory."""

import subprocess
import sys

_SCRIPT = """
import sys
from payment_engine.__main__ import _import_without_rich
_import_without_rich()
import payment_engine.command_line, payment_engine.serve, payment_engine.worker
print(*{name.partition(".")[0] for name in sys.modules})
import rich
"""


def test_what_serves_nobody_is_not_loaded_and_the_help_of_commands_still_finds_it() -> None:
    started = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True
    )
    loaded = set(started.stdout.split())
    assert {"structlog", "httpx", "sanic"} <= loaded
    assert not loaded & {"rich", "motor", "pymongo", "gridfs"}
