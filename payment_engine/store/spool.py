"""The spool: lines on disk while MongoDB is away, in a bounded folder that processes may share.

Each process appends to a file of its own, under a name that is never used twice, and renames a
file to claim it for filling in. After a race a line may be in two files; MongoDB stores it once,
by its ``_id``.
"""

import os
import secrets
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

_OPEN = ".jsonl"
_CLAIMED = ".taken"
_CLAIM_SECONDS = 60.0
"""A claim older than this belongs to a process that died."""
_BLOCK = 256 * 1024
"""Bytes that are searched at a time."""
_FILES = 64
"""How many files a full spool has, at least."""


class Spool:
    """Blocking file work, safe to call from several threads; every method may raise OSError."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._current: Path | None = None
        self._claims: set[Path] = set()
        self._released = False

    def size(self) -> int:
        """Bytes of all files, whoever wrote them."""
        return sum(map(_size, self._files()))

    def append(self, lines: list[bytes]) -> int:
        """Write the lines to disk; how many lines, the oldest first, were deleted to make room."""
        data = b"".join(line + b"\n" for line in lines)
        with self._lock:
            while not self._appended(data):
                self._current = self._new_file()
            return self._shrink()

    def claim(self) -> Path | None:
        """Claim the oldest file, whoever wrote it; None when there is nothing to fill in.

        A claim that was not removed is given again.
        """
        with self._lock:
            if self._released:
                return None
            return next(filter(None, map(self._try_claim, self._files())), None)

    def remove(self, claimed: Path) -> None:
        """Delete a claimed file, which was filled in."""
        with self._lock:
            self._claims.discard(claimed)
            claimed.unlink(missing_ok=True)

    def release(self) -> None:
        """Give up our claims to other processes, and claim no more."""
        with self._lock:
            self._released = True
            for claimed in self._claims:
                _moved(claimed, self._folder / f"{_stem(claimed)}{_OPEN}")
            self._claims.clear()

    def lines(self) -> Iterator[bytes]:
        """Every line in the spool, oldest file first."""
        for path in self._files():
            yield from read_lines(path)

    def find(
        self, texts: Collection[bytes], *, since: float, most_bytes: int
    ) -> tuple[list[bytes], bool]:
        """The lines with one of the texts, oldest file first, and whether that are all.

        Read are only files that were written to at ``since`` (seconds since 1970) or later, and of
        these no more than ``most_bytes``.
        """
        found: list[bytes] = []
        for path in self._files():
            if _written_at(path) < since:
                continue
            most_bytes -= _size(path)
            if most_bytes < 0:
                return found, False
            found += _lines_with(path, texts)
        return found, True

    def _appended(self, data: bytes) -> bool:
        """Whether the data is in our file, which nobody claimed while we wrote."""
        if self._current is None:
            return False
        try:
            with os.fdopen(os.open(self._current, os.O_WRONLY | os.O_APPEND), "ab") as file:
                file.write(data)
                file.flush()
                written = os.fstat(file.fileno())
            unclaimed = os.path.samestat(self._current.stat(), written)
        except FileNotFoundError:
            return False
        if written.st_size * _FILES >= self._max_bytes:
            self._current = None
        return unclaimed

    def _new_file(self) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns():020}-{secrets.token_hex(4)}{_OPEN}"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        return path

    def _try_claim(self, path: Path) -> Path | None:
        if path in self._claims:
            return path
        if path.suffix == _CLAIMED and not _abandoned(path):
            return None
        claimed = self._folder / f"{_stem(path)}.{secrets.token_hex(4)}{_CLAIMED}"
        if not _moved(path, claimed):
            return None
        claimed.touch()
        self._claims.add(claimed)
        return claimed

    def _shrink(self) -> int:
        """Delete the oldest files until the rest fits; how many lines that were."""
        sizes = {path: _size(path) for path in self._files()}
        excess = sum(sizes.values()) - self._max_bytes
        dropped = 0
        for path, size in sizes.items():
            if excess <= 0:
                break
            excess -= size
            dropped += len(read_lines(path))
            path.unlink(missing_ok=True)
        return dropped

    def _files(self) -> list[Path]:
        if not self._folder.exists():
            return []
        found = (path for path in self._folder.iterdir() if path.suffix in (_OPEN, _CLAIMED))
        return sorted(found, key=lambda path: path.name)


def read_lines(path: Path) -> list[bytes]:
    """The lines of a file; none if it was deleted."""
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _lines_with(path: Path, texts: Collection[bytes]) -> Iterator[bytes]:
    """A block is split only if it has one of the texts; most have none."""
    try:
        with path.open("rb") as file:
            while lines := file.readlines(_BLOCK):
                block = b"".join(lines)
                if any(text in block for text in texts):
                    yield from (
                        line.rstrip(b"\n") for line in lines if any(text in line for text in texts)
                    )
    except FileNotFoundError:
        return


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


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
