"""Where a page of a list ended: opaque to callers, who give it back to read on."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_LONGEST = 120
_MOST_TRANSACTION, _MOST_SEQUENCE, _MOST_KEY = 2**63, 2**31, 2**63
"""The first numbers for which the columns have no room."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageCursor:
    """The last message of a page, by the transaction that wrote it."""

    transaction_id: int
    payment_id: str
    sequence: int

    def __str__(self) -> str:
        return _encoded(str(self.transaction_id), self.payment_id, str(self.sequence))

    @classmethod
    def parse(cls, text: object) -> "MessageCursor":
        """Raises PydanticCustomError for anything but a cursor of such a list."""
        transaction_id, payment_id, sequence = _decoded(text)
        return cls(
            transaction_id=_number(transaction_id, _MOST_TRANSACTION),
            payment_id=payment_id,
            sequence=_number(sequence, _MOST_SEQUENCE),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentCursor:
    """The last payment that a page looked at, by its time of creation."""

    created_at: datetime
    payment_id: str

    def __str__(self) -> str:
        return _encoded(self.created_at.astimezone(UTC).isoformat(), self.payment_id, "")

    @classmethod
    def parse(cls, text: object) -> "PaymentCursor":
        """Raises PydanticCustomError for anything but a cursor of such a list."""
        created_at, payment_id, _ = _decoded(text)
        return cls(created_at=_moment(created_at), payment_id=payment_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageCursor:
    """The last row that a page of a list for people on call looked at, by its time and key."""

    at: datetime
    key: str

    def __str__(self) -> str:
        return _encoded(self.at.astimezone(UTC).isoformat(), self.key, "")

    @classmethod
    def parse(cls, text: object) -> "PageCursor":
        """Raises PydanticCustomError for anything but a cursor of such a list."""
        at, key, _ = _decoded(text)
        return cls(at=_moment(at), key=key)

    @classmethod
    def parse_numbered(cls, text: object) -> "PageCursor":
        """The same of a list whose keys are numbers."""
        cursor = cls.parse(text)
        _number(cursor.key, _MOST_KEY)
        return cursor


def _encoded(*parts: str) -> str:
    return base64.urlsafe_b64encode(" ".join(parts).encode()).decode().rstrip("=")


def _decoded(text: object) -> tuple[str, str, str]:
    if not isinstance(text, str) or len(text) > _LONGEST or not text.isascii():
        raise _wrong()
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        first, second, third = decoded.decode("ascii").split(" ")
    except (binascii.Error, ValueError):
        raise _wrong() from None
    if "\x00" in second or len(second) > _LONGEST:
        raise _wrong()
    return first, second, third


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        aware = at.tzinfo is not None and at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong() from None
    if not aware:
        raise _wrong()
    return aware


def _number(text: str, most: int) -> int:
    if not text.isdigit() or len(text) > len(str(most)) or int(text) >= most:
        raise _wrong()
    return int(text)


def _wrong() -> PydanticCustomError:
    return PydanticCustomError("cursor", "must be the cursor of an earlier page of this list")


def _page_cursor(text: str) -> str:
    PageCursor.parse(text)
    return text


_TEXT = WithJsonSchema({"type": "string", "maxLength": _LONGEST})
MessagesAfter = Annotated[MessageCursor, PlainValidator(MessageCursor.parse), _TEXT]
PaymentsAfter = Annotated[PaymentCursor, PlainValidator(PaymentCursor.parse), _TEXT]
PageAfter = Annotated[PageCursor, PlainValidator(PageCursor.parse), _TEXT]
PageText = Annotated[str, Field(max_length=_LONGEST), AfterValidator(_page_cursor)]
"""The same as a member of a body: the text of the cursor."""
NumberedPageAfter = Annotated[PageCursor, PlainValidator(PageCursor.parse_numbered), _TEXT]
