"""What a customer can pay with here and now: one ordered document, one round trip (CHK-1)."""

from datetime import datetime, timedelta
from typing import Any

from payment_engine.db.methods_context import MethodsContext, read_methods_context
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound
from payment_engine.domain.requests.payments import ClientIn
from payment_engine.engine import Engine
from payment_engine.services.documents import format_time
from payment_engine.services.instruments.wallets import refresh_soon
from payment_engine.services.methods.checkout import Checkout, Item
from payment_engine.services.methods.items import GROUPS
from payment_engine.services.methods.ranking import recommended

_REMEMBERED = timedelta(days=180)
"""How far back counts for what a customer likes to pay with."""
_STALE = timedelta(minutes=1)
"""A balance older than this is asked for again, for the next reader (WAL-2)."""


async def methods_document(
    engine: Engine, caller: Caller, payment_id: str, client: ClientIn
) -> dict[str, Any]:
    """Methods in order; what cannot be used here says why. No gateway is called (CHK-10).

    Raises NotFound. Stale balances are asked for behind the caller's back.
    """
    now = engine.now()
    offer = await read_methods_context(engine.db.connection, payment_id, now - _REMEMBERED)
    if offer is None or not caller.sees(offer.merchant_id, payment_id):
        raise NotFound
    refresh_soon(engine, [each["id"] for each in offer.wallets if _stale(each, now)])
    checkout = Checkout(engine=engine, offer=offer, client=client)
    shown = {name: _not_hidden(make(checkout), offer) for name, make in GROUPS.items()}
    every = [item for made in shown.values() for item in made]
    return {
        "payment_id": payment_id,
        "platform": client.platform,
        "server_time": format_time(now),
        "recommended": recommended(every, offer),
        "groups": [{"group": name, "items": made} for name, made in shown.items()],
    }


def _not_hidden(made: list[Item], offer: MethodsContext) -> list[Item]:
    """Without the methods that the customer does not want to see."""
    hidden = offer.preferences.get("hidden_methods", [])
    return [item for item in made if item["kind"] not in hidden]


def _stale(wallet: dict[str, Any], now: datetime) -> bool:
    at = wallet["balance_at"]
    return at is None or now - datetime.fromisoformat(at) > _STALE
