"""Whether a merchant's audit records are whole: each has the hash of the one before and of its own
content, so that none is changed, added, moved or removed without the next one showing it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

START = bytes(32)
"""What the first record of a merchant has in front of it."""


@dataclass(frozen=True)
class Anchor:
    """The number and hash of a record, as somebody noted it outside the database."""

    merchant_id: str
    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.merchant_id}:{self.number}:{self.hash.hex()}"


def parse_anchor(text: str) -> Anchor:
    """An anchor as it is printed; raises ValueError."""
    merchant_id, number, digest = text.split(":")
    return Anchor(merchant_id, int(number), bytes.fromhex(digest))


@dataclass(frozen=True, kw_only=True)
class Link:
    """An audit record: ``content`` is the text that its hash is made from."""

    id: str
    number: int | None
    previous: bytes | None
    hash: bytes | None
    content: str


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Where a merchant's records begin and end, as the database has it beside them."""

    merchant_id: str
    number: int = 0
    hash: bytes = START
    oldest: int = 1
    before: bytes = START

    @property
    def anchor(self) -> Anchor:
        """Its last record."""
        return Anchor(self.merchant_id, self.number, self.hash)


class ChainCheck:
    """Reads the records of one merchant in their order; ``fault`` is the first that is wrong."""

    def __init__(self, chain: Chain, anchors: Mapping[int, bytes] | None = None) -> None:
        self.fault: str | None = None
        self._chain = chain
        self._anchors = anchors or {}
        self._number, self._hash = chain.oldest - 1, chain.before

    def read(self, link: Link) -> None:
        """The next record; nothing is read after the first fault."""
        why = None if self.fault else self._why(link)
        if why:
            self.fault = f"{link.id} (number {link.number}): {why}"
        self._number, self._hash = self._number + 1, link.hash or b""

    def end(self) -> None:
        """There are no more records."""
        if self.fault:
            return
        last = max([self._chain.number, *self._anchors])
        if self._number < last:
            self.fault = f"number {self._number + 1} is missing, and all after it"
        elif self._hash != self._chain.hash:
            self.fault = f"number {self._number} is not the last that was written"

    def _why(self, link: Link) -> str | None:
        """What is wrong with a record that should be the next."""
        if link.number != self._number + 1:
            return f"number {self._number + 1} should be next"
        if link.previous != self._hash:
            return "the record before it is another one than when it was written"
        if link.hash != hashlib.sha256(link.content.encode()).digest():
            return "its content is not what was written"
        if self._anchors.get(link.number, link.hash) != link.hash:
            return "its hash is another one than in the anchor"
        if link.number > self._chain.number:
            return f"the last that was written has number {self._chain.number}"
        return None
