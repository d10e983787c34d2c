"""Deleting what a consent allowed us to store, when the customer withdraws it."""

from collections.abc import Awaitable, Callable, Mapping

from payment_engine.db.models import SavedCard, SavedVpa, owned_by
from payment_engine.domain.consents import Purpose
from payment_engine.domain.customer import CustomerKey
from payment_engine.engine import Engine
from payment_engine.services.instruments import cards, wallets


async def delete_all_cards(engine: Engine, customer: CustomerKey) -> None:
    """Hide every card at once; jobs delete them at the gateways."""
    await cards.delete_cards(engine, await SavedCard.filter(**owned_by(customer)))


async def delete_all_vpas(_: Engine, customer: CustomerKey) -> None:
    """Delete every saved UPI ID."""
    await SavedVpa.filter(**owned_by(customer)).delete()


async def unlink_all_wallets(engine: Engine, customer: CustomerKey) -> None:
    """Unlink every wallet and wipe its token."""
    await wallets.unlink_all(engine, customer)


DELETIONS: Mapping[Purpose, Callable[[Engine, CustomerKey], Awaitable[None]]] = {
    Purpose.SAVE_CARD: delete_all_cards,
    Purpose.SAVE_VPA: delete_all_vpas,
    Purpose.LINK_WALLET: unlink_all_wallets,
}
"""How to delete what each consent allowed; a purpose that stores nothing is missing."""


async def delete_allowed_by(engine: Engine, purpose: Purpose, customer: CustomerKey) -> None:
    """Delete what a consent to ``purpose`` allowed us to store; repeating it is harmless."""
    if delete := DELETIONS.get(purpose):
        await delete(engine, customer)
