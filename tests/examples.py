"""Examples of the documents, compared with what the service answers."""

import re
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def unlike(shown: Any, said: Any, at: str = "") -> list[str]:
    """Places where an answer is not as shown.

    ``...`` stands for any text, a time for any time; an answer may hold more than is shown.
    """
    if isinstance(shown, dict) and isinstance(said, dict):
        return [place for name, one in shown.items() for place in _named(one, said, name, at)]
    if isinstance(shown, list) and isinstance(said, list):
        return [place for n, one in enumerate(shown) for place in _nearest(one, said, f"{at}/{n}")]
    return [] if _alike(shown, said) else [f"{at} is {said!r}"]


def _named(shown: Any, said: dict[str, Any], name: str, at: str) -> list[str]:
    return unlike(shown, said[name], f"{at}/{name}") if name in said else [f"{at}/{name} is not"]


def _nearest(shown: Any, said: list[Any], at: str) -> list[str]:
    if not said:
        return [f"{at} is not"]
    return min((unlike(shown, each, at) for each in said), key=len)


def _alike(shown: Any, said: Any) -> bool:
    if shown == "...":
        return True
    if not isinstance(shown, str) or not isinstance(said, str):
        return bool(shown == said)
    if _TIME.fullmatch(shown):
        return _TIME.fullmatch(said) is not None
    return re.fullmatch(".*".join(map(re.escape, shown.split("..."))), said) is not None
