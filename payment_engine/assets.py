"""Bytes that are the same for everybody: made once, compressed once, and not sent twice."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import brotli

_LEVEL = 9
_QUICK, _SMALLEST = 5, 11
"""Brotli's quality: as quick as gzip, or as small as it gets."""
_WORTH = 0.9
"""Bytes that compression leaves larger than this part of them are sent as they are."""
_ALIASES = {"x-gzip": "gzip"}


@dataclass(frozen=True)
class Reply:
    """What one request gets: its status, 200 or 304, and the headers that go with the body."""

    status: int
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Asset:
    """A document; ``kind`` is its media type. ``smallest``: compressed as far as it goes, which
    takes a tenth of a second; call ``prepare`` before it is served."""

    body: bytes
    kind: str
    smallest: bool = False

    def prepare(self) -> None:
        """Compress it now instead of for the first request."""
        for encoding in _ENCODINGS:
            self._compressed(encoding)

    def reply(self, *, accept_encoding: str, if_none_match: str) -> Reply:
        """The document, compressed if the client takes that; 304 if it has it already."""
        encoding, body = self._form(_accepted(accept_encoding))
        tag = f'"{self._hash}{encoding and "-"}{encoding}"'
        headers = {"ETag": tag, "Vary": "Accept-Encoding"}
        if tag in _tags(if_none_match):
            return Reply(304, b"", headers)
        return Reply(200, body, headers | ({"Content-Encoding": encoding} if encoding else {}))

    def _form(self, accepted: set[str]) -> tuple[str, bytes]:
        """The encoding, empty for none, and the bytes in it."""
        encoding = next((each for each in _ENCODINGS if each in accepted), "")
        compressed = self._compressed(encoding) if encoding else None
        return ("", self.body) if compressed is None else (encoding, compressed)

    @cached_property
    def _hash(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:16]

    @cached_property
    def _made(self) -> dict[str, bytes | None]:
        return {}

    def _compressed(self, encoding: str) -> bytes | None:
        """None if it is not worth it."""
        if encoding not in self._made:
            compressed = _ENCODINGS[encoding](self.body, self.smallest)
            worth = len(compressed) < _WORTH * len(self.body)
            self._made[encoding] = compressed if worth else None
        return self._made[encoding]


def _brotli(body: bytes, smallest: bool) -> bytes:  # noqa: FBT001
    return bytes(brotli.compress(body, quality=_SMALLEST if smallest else _QUICK))


def _gzip(body: bytes, _: bool) -> bytes:  # noqa: FBT001
    return gzip.compress(body, _LEVEL, mtime=0)


_ENCODINGS: Mapping[str, Callable[[bytes, bool], bytes]] = {"br": _brotli, "gzip": _gzip}
"""The best first; browsers take brotli over TLS and from this machine."""


def _accepted(accept_encoding: str) -> set[str]:
    """By RFC 9110: named with a weight above 0; ``*`` is not taken as a name."""
    parts = (part.strip().partition(";") for part in accept_encoding.split(","))
    named = ((name.strip().lower(), weight.strip().lower()) for name, _, weight in parts)
    return {
        _ALIASES.get(name, name)
        for name, weight in named
        if not weight or weight.removeprefix("q=").strip("0.")
    }


def _tags(if_none_match: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
