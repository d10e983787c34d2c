"""Saved cards, UPI IDs and linked wallets in the methods document."""

from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from payment_engine.db.models import LinkedWallet
from payment_engine.domain.gateway import LinkRequest, LinkStart
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import Method
from payment_engine.gateways.juspay.adapter import Juspay
from payment_engine.services.documents import format_time
from tests.saved_instruments import (
    CARD,
    VPA,
    WALLET,
    items_of,
    owner_columns,
    read_methods,
    save_card,
    save_vpa,
)
from tests.world import World


async def test_a_saved_card_is_offered_at_the_gateway_of_its_token(world: World) -> None:
    await save_card(world)
    [item] = items_of(await read_methods(world, await world.open_payment()), "saved")
    assert (item["kind"], item["instrument_id"], item["enabled"]) == ("card", CARD, True)
    assert (item["label"], item["needs"]) == ("HDFC Bank Visa •••• 1234", [])


async def test_a_saved_card_whose_gateway_is_not_configured_is_disabled(world: World) -> None:
    await save_card(world, "closed_gateway", network="maestro")
    [item] = items_of(await read_methods(world, await world.open_payment()), "saved")
    assert (item["enabled"], item["needs"]) == (False, ["cvv"])


async def test_a_card_that_is_not_active_is_not_offered(world: World) -> None:
    await save_card(world, state="delete_pending")
    assert items_of(await read_methods(world, await world.open_payment()), "saved") == []


async def test_a_saved_upi_id_offers_its_app_where_collect_is_closed(world: World) -> None:
    await save_vpa(world)
    payment = await world.open_payment()
    [android] = items_of(await read_methods(world, payment), "saved")
    [ios] = items_of(await read_methods(world, payment, "platform=ios"), "saved")
    [desktop] = items_of(await read_methods(world, payment, "platform=desktop"), "saved")
    assert (android["kind"], android["app"]) == ("upi_intent", "gpay")
    assert (ios["kind"], ios["instrument_id"]) == ("upi_collect", VPA)
    assert (desktop["enabled"], android["enabled"], ios["enabled"]) == (False, True, True)


class LinkingGateway(Juspay):
    """A gateway whose wallets are linked."""

    name = "linking"
    methods = frozenset({Method.WALLET})
    wallet_needs_link = True

    async def link_start(self, request: LinkRequest) -> LinkStart:
        raise NotImplementedError

    async def balance(self, token: SecretStr) -> Paise:
        return Paise(77700)


def add_linking_gateway(world: World) -> None:
    juspay = world.engine.gateways["juspay"]
    world.engine.gateways["linking"] = LinkingGateway(juspay.config, juspay.wire)


async def save_wallet(world: World) -> None:
    then = world.clock.now() - timedelta(hours=2)
    sealed = world.engine.sealer.seal(b'{"token":"t"}', WALLET)
    columns = owner_columns(
        world, gateway="linking", wallet="linking", state="linked", sealed=sealed
    )
    await LinkedWallet.create(id=WALLET, **columns, balance=50000, balance_at=then, linked_at=then)


async def wallet_items(world: World) -> list[dict[str, Any]]:
    found = await read_methods(world, await world.open_payment())
    return [item for item in items_of(found, "wallet") if item["wallet"] == "linking"]


async def test_a_wallet_that_is_not_linked_needs_to_be(world: World) -> None:
    add_linking_gateway(world)
    [item] = await wallet_items(world)
    assert (item["needs"], item["instrument_id"], item["balance"]) == (["link"], None, None)


async def test_a_linked_wallet_shows_its_old_balance_and_refreshes_it(
    world: World,
) -> None:
    add_linking_gateway(world)
    await save_wallet(world)
    [item] = await wallet_items(world)
    assert (item["needs"], item["instrument_id"]) == ([], WALLET)
    assert item["balance"]["amount_display"] == "₹500.00"
    assert item["balance"]["as_of"] < format_time(world.clock.now() - timedelta(hours=1))
    await world.engine.critical.drain(5)
    [again] = await wallet_items(world)
    assert again["balance"]["amount"] == 77700


async def test_a_wallet_whose_provider_is_gone_is_not_offered(world: World) -> None:
    await save_wallet(world)
    assert await wallet_items(world) == []
