"""The methods document: what a customer can pay a payment with, in order, in one round trip."""

from datetime import datetime, timedelta

from payment_engine.db.methods_context import MethodsContext, WalletChoice
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound
from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.states import PAYMENT_UNPAID
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.methods import MethodOut, MethodsOut
from payment_engine.services.instruments.wallets import refresh_in_background
from payment_engine.services.methods.at_once import starts_at_once
from payment_engine.services.methods.availability import Availability
from payment_engine.services.methods.groups import GROUPS
from payment_engine.services.methods.recommendation import recommended
from payment_engine.services.routing.offers import is_hidden

_STALE = timedelta(minutes=1)
"""A balance older than this is read again in the background, for the next reader."""


async def methods_document(
    engine: Engine, caller: Caller, payment_id: str, client: ClientIn
) -> MethodsOut:
    """The payment's methods in order; those that cannot be used say why. Raises NotFound.

    A payment that is paid or closed offers none. No gateway is called before the answer; stale
    balances are refreshed in the background.
    """
    now = engine.now()
    context = await engine.methods_contexts.of(payment_id)
    if context is None or not caller.sees(context.merchant_id, payment_id):
        raise NotFound
    refresh_in_background(engine, [each["id"] for each in context.wallets if _stale(each, now)])
    available = Availability(engine=engine, context=context, client=client)
    offered = GROUPS if context.status in PAYMENT_UNPAID else {}
    groups = {name: _visible(items(available), context) for name, items in offered.items()}
    every = [item for items in groups.values() for item in items]
    first = recommended(every, context)
    return {
        "payment_id": payment_id,
        "platform": client.platform,
        "server_time": format_time(now),
        "banners": [{"en": each["en"], "hi": each["hi"]} for each in context.banners],
        "at_once": starts_at_once(every, first, available) if engine.settings.qr_at_once else None,
        "recommended": first,
        "groups": [{"group": name, "items": items} for name, items in groups.items()],
    }


def _visible(items: list[MethodOut], context: MethodsContext) -> list[MethodOut]:
    """Without the methods that the customer has hidden."""
    hidden = context.preferences["hidden_methods"]
    return [item for item in items if not is_hidden(item["kind"], hidden)]


def _stale(wallet: WalletChoice, now: datetime) -> bool:
    at = wallet["balance_at"]
    return at is None or now - datetime.fromisoformat(at) > _STALE
