"""Small JSON files that only their owner may read, replaced whole or not at all."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write_private(path: Path, content: object) -> None:
    """Put the content in place of the file in one step, mode 0600."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    half.replace(path)


def kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the file holds, and what ``make`` makes for what it lacks; kept for the next run."""
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    whole = {**make(), **content}
    if whole != content:
        write_private(path, whole)
    return whole
