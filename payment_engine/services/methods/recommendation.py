"""Which few ways to pay are recommended: the customer's own choice, then what worked before."""

from collections.abc import Iterator

from payment_engine.db.methods_context import MethodsContext, PastUse
from payment_engine.services.documents.methods import MethodOut

MAX_RECOMMENDED = 3


def recommended(items: list[MethodOut], context: MethodsContext) -> list[MethodOut]:
    """At most three enabled items: the default instrument, the preferred method, what paid last,
    what paid most often, then whatever is healthy.

    A method that just failed on this payment comes after the others. Marks the items that the
    customer chose or used before.
    """
    enabled = [item for item in items if item["enabled"]]
    familiar = list(_by_preference(enabled, context))
    for item in familiar:
        item["used"] = True
    ranked = [*familiar, *sorted(enabled, key=lambda item: item["health"] != "up")]
    candidates = [item for item in ranked if item["health"] != "down"]
    candidates.sort(key=lambda item: item["kind"] == context.failed)
    return list({item["id"]: item for item in candidates}.values())[:MAX_RECOMMENDED]


def _by_preference(enabled: list[MethodOut], context: MethodsContext) -> Iterator[MethodOut]:
    """The best first; an item may appear more than once."""
    preferences = context.preferences
    if default := preferences["default_instrument"]:
        yield from (item for item in enabled if default in (item["instrument_id"], item["id"]))
    if preferred := preferences["preferred_method"]:
        yield from [item for item in enabled if item["kind"] == preferred][:1]
    most_used = sorted(context.used[1:], key=lambda used: used["times"], reverse=True)
    for used in (*context.used[:1], *most_used):
        yield from _items_like(enabled, used)


def _items_like(enabled: list[MethodOut], used: PastUse) -> list[MethodOut]:
    """The items that are what an earlier payment was paid with, or else the nearest to it."""
    same_method = [item for item in enabled if item["kind"] == used["method"]]
    for matches in (_same_instrument, _same_choice):
        if found := [item for item in same_method if matches(item, used)]:
            return found[:1]
    return [item for item in same_method if item["id"] == used["method"]]


def _same_instrument(item: MethodOut, used: PastUse) -> bool:
    return bool(used["instrument_id"]) and item["instrument_id"] == used["instrument_id"]


def _same_choice(item: MethodOut, used: PastUse) -> bool:
    return bool(used["choice"]) and used["choice"] in (item["app"], item["bank"], item["wallet"])
