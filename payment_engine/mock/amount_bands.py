"""Amounts that decide the outcome of a payment, as on Juspay's dummy gateway; off by default."""

from payment_engine.mock.config import MockConfig
from payment_engine.mock.script import Scripted, Stage

_FAILS_FROM = 500_00
_PENDS_FROM = 700_00
_PENDING = 2.0


def by_amount(config: MockConfig, paise: int) -> Scripted | None:
    """The behaviour for an amount in paise if ``amount_bands`` is on; None otherwise.

    Below 500 rupees it succeeds, below 700 it fails, from there on it is pending, then succeeds.
    """
    if not config.amount_bands:
        return None
    behaviour: dict[str, object] = {"kind": "approve"}
    if paise >= _PENDS_FROM:
        behaviour = {"kind": "approve", "seconds": _PENDING}
    elif paise >= _FAILS_FROM:
        behaviour = {"kind": "decline", "reason": "declined"}
    return Scripted(Stage.PAYMENT, {}, behaviour)
