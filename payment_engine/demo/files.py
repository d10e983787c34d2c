"""Small JSON files that only their owner may read; a write replaces all of a file or nothing."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write_private(path: Path, content: object) -> None:
    """Replace the file's content in one step, mode 0600."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    partial.replace(path)


def load_or_create(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The file's members, with those it lacks made by ``make`` and stored for the next run."""
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    complete = {**make(), **content}
    if complete != content:
        write_private(path, complete)
    return complete
