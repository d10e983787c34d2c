"""Examples of the documents, compared with what the service answers."""

import re
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def differences(example: Any, actual: Any, at: str = "") -> list[str]:
    """Where an answer differs from its example in the documents.

    ``...`` in the example stands for any text, a time for any time; the answer may have more
    members than the example.
    """
    if isinstance(example, dict) and isinstance(actual, dict):
        members = (_member(value, actual, name, at) for name, value in example.items())
        return [difference for found in members for difference in found]
    if isinstance(example, list) and isinstance(actual, list):
        elements = (_closest(each, actual, f"{at}/{n}") for n, each in enumerate(example))
        return [difference for found in elements for difference in found]
    return [] if _matches(example, actual) else [f"{at} is {actual!r}"]


def _member(example: Any, actual: dict[str, Any], name: str, at: str) -> list[str]:
    if name not in actual:
        return [f"{at}/{name} is missing"]
    return differences(example, actual[name], f"{at}/{name}")


def _closest(example: Any, actual: list[Any], at: str) -> list[str]:
    if not actual:
        return [f"{at} is missing"]
    return min((differences(example, each, at) for each in actual), key=len)


def _matches(example: Any, actual: Any) -> bool:
    if example == "...":
        return True
    if not isinstance(example, str) or not isinstance(actual, str):
        return bool(example == actual)
    if _TIME.fullmatch(example):
        return _TIME.fullmatch(actual) is not None
    return re.fullmatch(".*".join(map(re.escape, example.split("..."))), actual) is not None
