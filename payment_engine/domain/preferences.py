"""How a customer prefers to pay, as it is stored."""

from typing import Literal

from typing_extensions import TypedDict


class Preferences(TypedDict):
    """A customer's preferences; ``default_instrument`` is the id of a card, UPI ID or wallet."""

    preferred_method: str | None
    default_instrument: str | None
    hidden_methods: list[str]
    language: Literal["en", "hi"]


DEFAULTS: Preferences = {
    "preferred_method": None,
    "default_instrument": None,
    "hidden_methods": [],
    "language": "en",
}
