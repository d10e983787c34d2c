"""Bytes that are the same for everybody: made once, compressed once, and not sent twice."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property

_LEVEL = 9
_WORTH = 0.9
"""Bytes that compression leaves larger than this part of them are sent as they are."""


@dataclass(frozen=True)
class Reply:
    """What one request gets: its status, 200 or 304, and the headers that go with the body."""

    status: int
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Asset:
    """A document; ``kind`` is its media type."""

    body: bytes
    kind: str

    def reply(self, *, accept_encoding: str, if_none_match: str) -> Reply:
        """The document, compressed if the client takes that; 304 if it has it already."""
        compressed = self._compressed if _takes_gzip(accept_encoding) else None
        tag = f'"{self._hash}{"" if compressed is None else "-gzip"}"'
        headers = {"ETag": tag, "Vary": "Accept-Encoding"}
        if tag in _tags(if_none_match):
            return Reply(304, b"", headers)
        if compressed is None:
            return Reply(200, self.body, headers)
        return Reply(200, compressed, {**headers, "Content-Encoding": "gzip"})

    @cached_property
    def _hash(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:16]

    @cached_property
    def _compressed(self) -> bytes | None:
        """None if it is not worth it."""
        compressed = gzip.compress(self.body, _LEVEL, mtime=0)
        return compressed if len(compressed) < _WORTH * len(self.body) else None


def _takes_gzip(accept_encoding: str) -> bool:
    """By RFC 9110: named with a weight above 0; ``*`` is not taken as a name."""
    for part in accept_encoding.split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip().lower() in ("gzip", "x-gzip"):
            return weight.strip().lower().removeprefix("q=").strip("0.") != "" or not weight.strip()
    return False


def _tags(if_none_match: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
