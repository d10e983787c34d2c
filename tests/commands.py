"""Runs commands as a developer does: in a folder, with an environment of their own."""

import asyncio
import os
import sys
from pathlib import Path


async def run(folder: Path, *command: str, **environment: str) -> tuple[int | None, str]:
    """The exit status and all that was printed, by the Python and the tools of the tests."""
    tools = Path(sys.executable).parent
    program = tools / command[0]
    process = await asyncio.create_subprocess_exec(
        *(str(program), *command[1:]),
        cwd=folder,
        env={"PATH": f"{tools}{os.pathsep}{os.defpath}", "HOME": str(folder), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()
