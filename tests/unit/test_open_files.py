"""The limit of open files, in processes of their own."""

import subprocess
import sys

import pytest

_RUN = """
import resource
from payment_engine.open_files import allow_many
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
allow_many()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "after"),
    [(256, 4096, "4096 4096"), (1024, 1024, "1024 1024"), (512, 600, "600 600")],
)
def test_the_limit_is_raised_as_far_as_the_system_allows(soft: int, hard: int, after: str) -> None:
    script = _RUN.format(soft=soft, hard=hard)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stdout.strip() == after, done.stderr
