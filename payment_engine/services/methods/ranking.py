"""Which few ways to pay come first: the customer's own choice, then what has worked for them."""

from collections.abc import Iterator
from typing import Any

from payment_engine.db.methods_context import MethodsContext
from payment_engine.services.methods.checkout import Item

MOST = 3


def recommended(items: list[Item], offer: MethodsContext) -> list[Item]:
    """At most three that can be used: the default instrument, the preferred method, the last that
    paid, the most used, then whatever is healthy (CHK-1). A method that just failed on this
    payment comes after the others (CHK-5).
    """
    usable = [item for item in items if item["enabled"]]
    wanted = [item for item in _in_order(usable, offer) if item["health"] != "down"]
    wanted.sort(key=lambda item: item["kind"] == offer.failed)
    return list({item["id"]: item for item in wanted}.values())[:MOST]


def _in_order(usable: list[Item], offer: MethodsContext) -> Iterator[Item]:
    liked = offer.preferences
    if default := liked.get("default_instrument"):
        yield from (item for item in usable if default in (item["instrument_id"], item["id"]))
    if preferred := liked.get("preferred_method"):
        yield from [item for item in usable if item["kind"] == preferred][:1]
    often = sorted(offer.used[1:], key=lambda way: way["times"], reverse=True)
    for way in (*offer.used[:1], *often):
        yield from _items_of(usable, way)
    yield from sorted(usable, key=lambda item: item["health"] != "up")


def _items_of(usable: list[Item], way: dict[str, Any]) -> list[Item]:
    """What is offered now of a way that paid before: the same, else the nearest to it."""
    same = [item for item in usable if item["kind"] == way["method"]]
    for name, value in (
        ("instrument_id", way["instrument_id"]),
        ("app", way["choice"]),
        ("bank", way["choice"]),
        ("wallet", way["choice"]),
    ):
        if found := [item for item in same if value and item[name] == value]:
            return found[:1]
    return [item for item in same if item["id"] == way["method"]]
