"""Every gateway that links wallets: the customer proves it is theirs, sees its balance, pays."""

import pytest
from pydantic import SecretStr

from payment_engine.domain.gateway import LinkEnded, LinkRequest, WrongProof
from payment_engine.domain.payment_methods import LinkedWallet, Method
from payment_engine.domain.states import AttemptStatus
from tests.contract.conftest import AMOUNT, CUSTOMER

pytestmark = pytest.mark.needs("link_start", Method.WALLET)


@pytest.fixture
def linking(gateway):
    return gateway


@pytest.fixture
def link_request(ref):
    return LinkRequest(
        ref=ref, amount=AMOUNT, customer=CUSTOMER, return_url="https://shop.example/return"
    )


async def test_a_linked_wallet_shows_its_balance_and_pays(
    case, imitation, linking, link_request, make_charge, key
):
    start = await linking.link_start(link_request)
    link = await linking.link_finish(start.state, await case.prove(imitation, start))
    assert link.ref in (None, link_request.ref)
    assert await linking.balance(link.token) >= AMOUNT

    paid = await linking.charge(make_charge(source=LinkedWallet(token=link.token)))

    assert (paid.status, paid.amount) == (AttemptStatus.CAPTURED, AMOUNT)
    assert (await linking.fetch_charge(key)).status is AttemptStatus.CAPTURED


async def test_a_wrong_proof_links_nothing(linking, link_request):
    start = await linking.link_start(link_request)

    with pytest.raises((WrongProof, LinkEnded)):
        await linking.link_finish(start.state, SecretStr("000001"))


async def test_a_link_that_is_none_shows_no_balance(linking):
    with pytest.raises(LinkEnded):
        await linking.balance(SecretStr("not a link"))


async def test_no_proof_and_no_link_is_recorded_or_printed(
    case, imitation, linking, link_request, recorded
):
    start = await linking.link_start(link_request)
    proof = await case.prove(imitation, start)
    link = await linking.link_finish(start.state, proof)
    await linking.balance(link.token)

    written = repr([recorded, start, link])
    secrets = (proof, start.state, link.token)
    assert [each for each in secrets if each.get_secret_value() in written] == []
