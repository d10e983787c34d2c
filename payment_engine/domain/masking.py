"""What may be stored of a gateway's messages: the scalars under an allow-list of fields."""

from collections.abc import Set
from typing import Any

from payment_engine.domain.card_numbers import scrub


def mask(value: Any, allow: Set[str]) -> Any:
    """A copy of decoded JSON that keeps only scalars under an allowed key.

    Every other scalar becomes ``<type,length>``, so that the shape of the message stays readable.
    """
    return _mask(value, allow, allowed=False)


def _mask(value: Any, allow: Set[str], *, allowed: bool) -> Any:
    if isinstance(value, dict):
        return {scrub(str(k)): _mask(v, allow, allowed=k in allow) for k, v in value.items()}
    if isinstance(value, list):
        return [_mask(item, allow, allowed=allowed) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if allowed:
        return _scalar(value)
    return f"<{type(value).__name__},{len(str(value))}>"


def _scalar(value: Any) -> Any:
    text = str(value)
    scrubbed = scrub(text)
    return value if scrubbed == text else scrubbed
