"""Letting go of what was kept with a customer's consent, purpose by purpose."""

from collections.abc import Awaitable, Callable, Mapping

from payment_engine.db.models import SavedCard, SavedVpa
from payment_engine.engine import Engine
from payment_engine.services.instruments import cards, wallets

Owner = dict[str, str]


async def forget_cards(engine: Engine, owner: Owner) -> None:
    """Hide every card at once; jobs have each gateway forget it (TOK-5)."""
    await cards.delete_cards(engine, await SavedCard.filter(**owner))


async def forget_vpas(_: Engine, owner: Owner) -> None:
    """Delete every UPI id."""
    await SavedVpa.filter(**owner).delete()


async def forget_wallets(engine: Engine, owner: Owner) -> None:
    """Unlink every wallet and wipe its token."""
    await wallets.unlink_all(engine, owner["merchant_id"], owner["customer_ref"])


FORGET: Mapping[str, Callable[[Engine, Owner], Awaitable[None]]] = {
    "save_card": forget_cards,
    "save_vpa": forget_vpas,
    "link_wallet": forget_wallets,
}
"""What a consent kept, and so what goes when it is taken back."""


async def forget_for(engine: Engine, purpose: str, owner: Owner) -> None:
    """Let go of what one purpose kept; doing it again is the same."""
    if forget := FORGET.get(purpose):
        await forget(engine, owner)
