"""Where a card comes from, as keyed hashes by which declines are counted: nothing else is stored.

Each merchant has hashes of its own: what is declined for one slows no customer of another.
"""

import re

from payment_engine.domain.card_testing import BIN_DIGITS, network_of_address
from payment_engine.engine import Engine

_PURPOSE = "card origin"
_DIGITS = re.compile(rf"[0-9]{{{BIN_DIGITS}}}")


def address_hash(engine: Engine, merchant_id: str, address: str | None) -> bytes | None:
    """The hash of a caller's network; None for what is no address."""
    return _hash(engine, merchant_id, network_of_address(address))


def bin_hash(engine: Engine, merchant_id: str, digits: str | None) -> bytes | None:
    """The hash of a card's first digits; None for fewer than six."""
    found = _DIGITS.match(digits or "")
    return _hash(engine, merchant_id, found[0] if found else None)


def _hash(engine: Engine, merchant_id: str, value: str | None) -> bytes | None:
    if value is None:
        return None
    return engine.sealer.keyed_hashes(_PURPOSE, f"{merchant_id}:{value}")[0]
