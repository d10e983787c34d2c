"""Every gateway that saves cards: one is saved once it has paid, listed, charged again, deleted."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from payment_engine.domain.cards import CardState
from payment_engine.domain.gateway import Refused
from payment_engine.domain.payment_methods import CardOnFile, Method
from payment_engine.domain.states import AttemptStatus
from tests.contract.conftest import CUSTOMER

pytestmark = pytest.mark.needs("saved_card", "list_cards", "delete_card", Method.CARD)


@pytest.fixture
def paid(case, imitation, gateway, make_charge, key, make_ref):
    """Pays by a card and gives the key of that charge."""

    async def by_card(card=None, *, save=False):
        ours = replace(key, ref=make_ref())
        source = card or replace(await case.source(imitation, Method.CARD), save=save)
        await gateway.charge(make_charge(ref=ours.ref, source=source))
        await case.finish(imitation, ours.ref, "paid")
        return ours

    return by_card


async def test_a_card_is_saved_only_with_its_owners_consent(gateway, paid):
    assert await gateway.saved_card(await paid()) is None
    assert await gateway.list_cards(CUSTOMER.ref) == ()

    card = await gateway.saved_card(await paid(save=True))

    assert await gateway.list_cards(CUSTOMER.ref) == (card,)
    assert (card.state, len(card.last4)) == (CardState.ACTIVE, 4)


async def test_no_card_is_saved_before_it_has_paid(case, imitation, gateway, make_charge, key):
    new_card = await case.source(imitation, Method.CARD)
    await gateway.charge(make_charge(source=replace(new_card, save=True)))

    assert await gateway.saved_card(key) is None


async def test_a_saved_card_pays_by_its_token(gateway, paid):
    card = await gateway.saved_card(await paid(save=True))

    again = await paid(CardOnFile(token=card.token, cvv=SecretStr("123")))

    assert (await gateway.fetch_charge(again)).status is AttemptStatus.CAPTURED


async def test_a_deleted_card_is_no_longer_listed_and_cannot_pay(gateway, paid):
    card = await gateway.saved_card(await paid(save=True))

    await gateway.delete_card(CUSTOMER.ref, card.token)
    await gateway.delete_card(CUSTOMER.ref, card.token)

    assert card.token not in [each.token for each in await gateway.list_cards(CUSTOMER.ref)]
    with pytest.raises(Refused):
        await paid(CardOnFile(token=card.token))


async def test_the_cards_of_another_customer_are_not_listed(gateway, paid):
    await paid(save=True)

    assert await gateway.list_cards("cust-other") == ()


async def test_nothing_that_pays_with_a_card_is_recorded_or_printed(gateway, paid, recorded):
    card = await gateway.saved_card(await paid(save=True))
    await paid(CardOnFile(token=card.token, cvv=SecretStr("917")))
    await gateway.delete_card(CUSTOMER.ref, card.token)

    secrets = (card.token, card.fingerprint)
    written = repr([recorded, card])
    assert [each for each in secrets if each and each.get_secret_value() in written] == []
    assert "'917'" not in written


@pytest.mark.needs("card_facts")
async def test_the_first_digits_of_a_card_tell_its_network(gateway):
    assert (await gateway.card_facts("424242")).network == "visa"
    assert await gateway.card_facts("000000") is None
