"""What may be stored of a gateway's messages: the scalars under an allow-list of fields."""

from collections.abc import Callable, Set
from typing import Any

import orjson

from payment_engine.domain.card_numbers import may_have_card_number, scrub

_LEVELS = 100

_Scrub = Callable[[str], str]


def mask(value: Any, allow: Set[str]) -> Any:
    """A copy of decoded JSON that keeps only scalars under an allowed key.

    Every other scalar becomes ``<type,length>``, so that the shape of the message stays readable.
    Raises RecursionError for a hundred levels, which is what MongoDB stores.
    """
    scrubbed = scrub if _may_have_card_number(value) else str
    return _mask(value, allow, scrubbed, allowed=False, room=_LEVELS)


def _may_have_card_number(value: Any) -> bool:
    """Whether any text in it is worth a search, found out with all of them at once."""
    try:
        return may_have_card_number(orjson.dumps(value).decode())
    except orjson.JSONEncodeError:  # an integer of more than 64 bits, or nested too deep
        return True


def _mask(value: Any, allow: Set[str], scrubbed: _Scrub, *, allowed: bool, room: int) -> Any:
    if not room:
        raise RecursionError("nested too deep")
    if isinstance(value, str):
        return scrubbed(value) if allowed else f"<str,{len(value)}>"
    if isinstance(value, dict):
        return {
            scrubbed(str(k)): _mask(v, allow, scrubbed, allowed=k in allow, room=room - 1)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_mask(item, allow, scrubbed, allowed=allowed, room=room - 1) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if allowed:
        return _number(value, scrubbed)
    return f"<{type(value).__name__},{len(str(value))}>"


def _number(value: Any, scrubbed: _Scrub) -> Any:
    text = str(value)
    return value if scrubbed(text) == text else scrubbed(text)
