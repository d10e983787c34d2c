"""What may be stored of a gateway's messages: the scalars under an allow-list of fields."""

from collections.abc import Set
from typing import Any

from payment_engine.domain.card_numbers import scrub

_LEVELS = 100


def mask(value: Any, allow: Set[str]) -> Any:
    """A copy of decoded JSON that keeps only scalars under an allowed key.

    Every other scalar becomes ``<type,length>``, so that the shape of the message stays readable.
    Raises RecursionError for a hundred levels, which is what MongoDB stores.
    """
    return _mask(value, allow, allowed=False, room=_LEVELS)


def _mask(value: Any, allow: Set[str], *, allowed: bool, room: int) -> Any:
    if not room:
        raise RecursionError("nested too deep")
    if isinstance(value, dict):
        return {
            scrub(str(k)): _mask(v, allow, allowed=k in allow, room=room - 1)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_mask(item, allow, allowed=allowed, room=room - 1) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if allowed:
        return _scalar(value)
    return f"<{type(value).__name__},{len(str(value))}>"


def _scalar(value: Any) -> Any:
    text = str(value)
    scrubbed = scrub(text)
    return value if scrubbed == text else scrubbed
