"""Messages of gateways as types: what is needed is read, and nothing is taken for granted.

Each gateway's ``messages.py`` has one ``Message`` for each answer and webhook. A value that does
not fit its field counts as absent, so that an odd one never hides the rest. Money is stricter: an
amount that makes no sense makes the answer unknown, once somebody reads it (``Rupees``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, SecretStr

from payment_engine.domain.card_numbers import scrub
from payment_engine.domain.gateway import Unknown
from payment_engine.domain.money import Paise, from_rupees
from payment_engine.gateways.outgoing import escaped

_PERSONAL = re.compile(r"\S+@\S+|\+?[0-9]{10,}")
_DIGITS = re.compile(r"[0-9]{1,15}")
_NO_NUMBER = frozenset({"na", "n/a", "null", "none", "-"})
"""What gateways write where a bank gave no number."""
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class Message(BaseModel):
    """The fields that we read of a JSON object from a gateway; all others are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    @classmethod
    def read(cls, content: object) -> Self:
        """The message; raises Unknown where ``content`` is no JSON object."""
        return cls.model_validate(object_of(content))

    def without_odd_amounts(self) -> Self:
        """The same, where an amount that makes no sense counts as absent like any other value."""
        amounts = {name: getattr(self, name) for name in type(self).model_fields}
        odd = {name: Rupees() for name, each in amounts.items() if _is_odd(each)}
        return self.model_copy(update=odd)


@dataclass(frozen=True)
class Rupees:
    """An amount as a gateway wrote it, converted only where it is needed."""

    written: Any = None

    @property
    def paise(self) -> Paise | None:
        """Paise; None where nothing was written. Raises Unknown for what is no amount."""
        return paise(self.written)


@dataclass(frozen=True)
class WholePaise:
    """The same for a gateway that writes amounts in paise."""

    written: Any = None

    @property
    def paise(self) -> Paise | None:
        """Paise; None where nothing was written. Raises Unknown for what is no amount."""
        if self.written in (None, ""):
            return None
        if isinstance(self.written, bool) or not _DIGITS.fullmatch(str(self.written)):
            raise Unknown("an amount that is not one")
        return Paise(int(self.written))


def moment(text: str | None) -> datetime | None:
    """A time with its offset, as ISO 8601 has it; None for anything else."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else None


def _is_odd(value: Any) -> bool:
    """Whether it is an amount in rupees, and none that makes sense."""
    if not isinstance(value, Rupees):
        return False
    try:
        paise(value.written)
    except Unknown:
        return True
    return False


def _text(value: Any) -> str | None:
    return None if value in (None, "") or isinstance(value, dict | list) else str(value)


def _code(value: Any) -> str:
    return _text(value) or ""


def _free_text(value: Any) -> str:
    return impersonal(_text(value) or "")


def _secret(value: Any) -> SecretStr | None:
    text = _text(value)
    return None if text is None else SecretStr(text)


def _bank_number(value: Any) -> str | None:
    text = _text(value)
    return None if text is None or text.strip().casefold() in _NO_NUMBER else text


def _vpa(value: Any) -> SecretStr | None:
    text = _text(value)
    return SecretStr(text) if text and "@" in text else None


def _flag(value: Any) -> bool | None:
    return _FLAGS.get((_text(value) or "").lower())


def texts(value: Any) -> dict[str, str]:
    """The scalars of an object by name, as text; none of anything else."""
    return {
        name: str(each)
        for name, each in _object(value).items()
        if each is not None and not isinstance(each, dict | list)
    }


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _object_or_none(value: Any) -> dict[str, Any] | None:
    return _object(value) or None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


M = TypeVar("M", bound=Message)
Text = Annotated[str | None, PlainValidator(_text)]
"""A scalar as text; None where it is missing, null, empty, an object or a list."""
Code = Annotated[str, PlainValidator(_code)]
"""A scalar as text to look up in a table: empty where ``Text`` would be None."""
FreeText = Annotated[str, PlainValidator(_free_text)]
"""Words for people as they may be stored (``impersonal``); empty where there are none."""
Secret = Annotated[SecretStr | None, PlainValidator(_secret)]
"""``Text`` that must not be printed: tokens, UPI ids, card references."""
BankNumber = Annotated[str | None, PlainValidator(_bank_number)]
"""``Text`` that is an RRN, UTR or ARN: None also for ``NA`` and the like."""
PayerVpa = Annotated[SecretStr | None, PlainValidator(_vpa)]
"""The UPI id of who pays, which must not be printed: None for what cannot be one, such as null."""
Flag = Annotated[bool | None, PlainValidator(_flag)]
"""``true`` or ``false``, as JSON, text or digit; None for anything else."""
Amount = Annotated[Rupees, PlainValidator(Rupees)]
"""An amount in rupees: read its ``paise``."""
PaiseAmount = Annotated[WholePaise, PlainValidator(WholePaise)]
"""An amount in paise: read its ``paise``."""
Texts = Annotated[Mapping[str, str], PlainValidator(texts)]
"""The scalars of an object by name, as text; empty where there is no object."""
Part = Annotated[M, BeforeValidator(_object)]
"""A message within a message; one without content where there is no object."""
OptionalPart = Annotated[M | None, BeforeValidator(_object_or_none)]
"""The same, but None where there is no object or an empty one."""
Parts = Annotated[tuple[M, ...], BeforeValidator(_objects)]
"""A list of messages; what is no object in it is left out."""


def object_of(value: Any) -> dict[str, Any]:
    """The value, where it is a JSON object; raises Unknown for anything else."""
    if not isinstance(value, dict):
        raise Unknown("an answer that is not a JSON object")
    return value


def paise(rupees: Any) -> Paise | None:
    """Paise of an amount in rupees, as number or text; raises Unknown for what is no amount."""
    try:
        return None if rupees in (None, "") else from_rupees(str(rupees))
    except ValueError as error:
        raise Unknown("an amount that is not one") from error


def in_address(text: str) -> str:
    """Text as one segment of a URL; raises Unknown for an unpaired surrogate."""
    try:
        return escaped(text)
    except UnicodeEncodeError as error:
        raise Unknown("an unpaired surrogate in a URL") from error


def in_link(text: str) -> str:
    """Text as part of a UPI link; raises Unknown for an unpaired surrogate.

    ``@`` stays as it is: some apps do not find a payee that is written with ``%40``.
    """
    return in_address(text).replace("%40", "@")


def impersonal(text: str) -> str:
    """Free text as it may be stored: no card, address or phone number, 200 characters at most."""
    return _PERSONAL.sub("<hidden>", scrub(text))[:200]
