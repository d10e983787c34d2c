"""Where lines wait on disk while MongoDB is away: a bounded folder that processes may share.

Each process appends to a file of its own, under a name that is never used twice, and renames a
file to claim it for filling in. A line may lie in two files after a race; its ``_id`` keeps it
single in MongoDB.
"""

import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_OPEN = ".jsonl"
_TAKEN = ".taken"
_CLAIM_SECONDS = 60.0
"""A claim older than this was left by a process that died."""
_FILES = 64


class Spool:
    """Blocking file work, safe to call from several threads; every method may raise OSError."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._mine: Path | None = None
        self._claims: set[Path] = set()
        self._released = False

    def append(self, lines: list[bytes]) -> int:
        """Put the lines on disk and return how many, the oldest first, had to go for them."""
        data = b"".join(line + b"\n" for line in lines)
        with self._lock:
            while not self._appended(data):
                self._mine = self._new_file()
            return self._shrink()

    def take(self) -> Path | None:
        """Claim the oldest file, whoever wrote it; None when there is nothing to fill in.

        A claim that was not removed is handed out again.
        """
        with self._lock:
            if self._released:
                return None
            return next(filter(None, map(self._claim, self._files())), None)

    def remove(self, taken: Path) -> None:
        """A claimed file has been filled in."""
        with self._lock:
            self._claims.discard(taken)
            taken.unlink(missing_ok=True)

    def release(self) -> None:
        """Leave what we claimed to others, and claim no more."""
        with self._lock:
            self._released = True
            for taken in self._claims:
                _moved(taken, self._folder / f"{_stem(taken)}{_OPEN}")
            self._claims.clear()

    def lines(self) -> Iterator[bytes]:
        """Every line that waits, oldest file first."""
        for path in self._files():
            yield from read(path)

    def _appended(self, data: bytes) -> bool:
        """Whether the data lies in a file that nobody claimed while we wrote."""
        if self._mine is None:
            return False
        try:
            with os.fdopen(os.open(self._mine, os.O_WRONLY | os.O_APPEND), "ab") as file:
                file.write(data)
                file.flush()
                written = os.fstat(file.fileno())
            kept = os.path.samestat(self._mine.stat(), written)
        except FileNotFoundError:
            return False
        if written.st_size * _FILES >= self._max_bytes:
            self._mine = None
        return kept

    def _new_file(self) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns():020}-{secrets.token_hex(4)}{_OPEN}"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        return path

    def _claim(self, path: Path) -> Path | None:
        if path in self._claims:
            return path
        if path.suffix == _TAKEN and not _abandoned(path):
            return None
        taken = self._folder / f"{_stem(path)}.{secrets.token_hex(4)}{_TAKEN}"
        if not _moved(path, taken):
            return None
        taken.touch()
        self._claims.add(taken)
        return taken

    def _shrink(self) -> int:
        """Drop the oldest files until the rest fits; how many lines went."""
        sizes = {path: _size(path) for path in self._files()}
        excess = sum(sizes.values()) - self._max_bytes
        dropped = 0
        for path, size in sizes.items():
            if excess <= 0:
                break
            excess -= size
            dropped += len(read(path))
            path.unlink(missing_ok=True)
        return dropped

    def _files(self) -> list[Path]:
        if not self._folder.exists():
            return []
        found = (path for path in self._folder.iterdir() if path.suffix in (_OPEN, _TAKEN))
        return sorted(found, key=lambda path: path.name)


def read(path: Path) -> list[bytes]:
    """The lines of a file; none if it has gone."""
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _moved(path: Path, to: Path) -> bool:
    try:
        path.rename(to)
    except FileNotFoundError:
        return False
    return True


def _abandoned(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _CLAIM_SECONDS
    except FileNotFoundError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
