"""Where the packaging files lie, and the checkers that come with the lock."""

import os
import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = Path(sysconfig.get_path("scripts"))


def text(name: str) -> str:
    return (ROOT / name).read_text()


def check(tool: str, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a checker in the project's root, with no environment but what is given."""
    return subprocess.run(  # noqa: S603
        [str(TOOLS / tool) if (TOOLS / tool).exists() else tool, *args],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
