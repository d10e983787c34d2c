"""How an Amazon Pay wallet is linked, how its tokens are renewed, and its balance."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from payment_engine.domain.gateway import (
    Customer,
    LinkEnded,
    LinkRequest,
    Refused,
    Unknown,
    WrongProof,
)
from payment_engine.gateways.amazonpay.wallets import read_tokens
from tests.unit.gateways.scripted_amazonpay import BALANCE, NOW, TOKEN, TOKENS

REQUEST = LinkRequest(
    ref="01k0m9v7c2q4w8z6x3y5",
    amount=116400,
    customer=Customer(ref="cust-8812"),
    return_url="https://shop.example/linked?a=1",
)
GRANTED = {
    "access_token": "Atza|new",
    "refresh_token": "Atzr|new",
    "token_type": "bearer",
    "expires_in": 3600,
}
CODE = SecretStr("ANcode")
BALANCE_BODY = {
    "amazonPayBalance": {"enabled": True, "priority": 0, "redeemableBalance": "1450.00"}
}


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_a_consent_is_requested_with_a_proof_key(amazonpay, amazon):
    started = await amazonpay.link_start(REQUEST)

    query = query_of(started.url)
    assert started.url.startswith("https://eu.account.amazon.com/ap/oa?")
    assert (query["client_id"], query["response_type"]) == ("amzn1.example", "code")
    assert query["scope"] == "payments:autopay_consent"
    assert (query["redirect_uri"], query["state"]) == (REQUEST.return_url, REQUEST.ref)
    assert query["code_challenge_method"] == "S256"
    assert amazon.requests == []


async def test_the_code_is_exchanged_with_the_verifier_of_the_same_consent(amazonpay, amazon):
    amazon.on(TOKENS, GRANTED)
    started = await amazonpay.link_start(REQUEST)

    linked = await amazonpay.link_finish(started.state, CODE)

    sent = amazon.sent()
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert challenge == query_of(started.url)["code_challenge"]
    assert (sent["grant_type"], sent["code"]) == ("authorization_code", "ANcode")
    assert (sent["redirect_uri"], sent["client_id"]) == (REQUEST.return_url, "amzn1.example")
    assert "client_secret" not in sent
    assert read_tokens(linked.token).access == "Atza|new"
    assert linked.expires_at == NOW + timedelta(hours=1)


async def test_a_shop_with_a_secret_and_a_safelisted_address_uses_both(make_amazonpay, amazon):
    gateway = make_amazonpay(
        client_secret="unit-secret",
        redirect_url="https://pay.example/linked",
    )
    amazon.on(TOKENS, GRANTED)
    started = await gateway.link_start(REQUEST)

    await gateway.link_finish(started.state, CODE)

    assert amazon.sent()["client_secret"] == "unit-secret"
    assert amazon.sent()["redirect_uri"] == "https://pay.example/linked"
    assert query_of(started.url)["redirect_uri"] == "https://pay.example/linked"


async def test_two_consents_never_share_a_proof_key(amazonpay):
    first, second = [await amazonpay.link_start(REQUEST) for _ in range(2)]

    assert first.state != second.state
    assert first.url != second.url


async def test_an_invalid_code_is_a_wrong_proof(amazonpay, amazon):
    amazon.on(TOKENS, {"error": "invalid_grant", "error_description": "used"}, 400)
    started = await amazonpay.link_start(REQUEST)

    with pytest.raises(WrongProof):
        await amazonpay.link_finish(started.state, CODE)


@pytest.mark.parametrize("state", ["", "no json", "[]", '{"verifier":"x"}', '{"redirect_uri":"x"}'])
async def test_a_link_that_was_not_started_is_not_finished(amazonpay, amazon, state):
    with pytest.raises(LinkEnded):
        await amazonpay.link_finish(SecretStr(state), CODE)

    assert amazon.requests == []


async def test_a_token_is_renewed_by_the_refresh_token_which_stays(amazonpay, amazon):
    amazon.on(TOKENS, {"access_token": "Atza|new", "expires_in": 3600})

    renewed = await amazonpay.link_renew(TOKEN)

    tokens = read_tokens(renewed.token)
    assert (tokens.access, tokens.refresh) == ("Atza|new", "Atzr|example")
    assert amazon.sent()["refresh_token"] == "Atzr|example"
    assert renewed.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("token", ["", "[]", "{}", '{"access":"","refresh":"x"}'])
async def test_a_token_that_is_no_link_counts_as_ended(amazonpay, amazon, token):
    with pytest.raises(LinkEnded):
        await amazonpay.link_renew(SecretStr(token))

    assert amazon.requests == []


async def test_a_withdrawn_consent_cannot_be_renewed(amazonpay, amazon):
    amazon.on(TOKENS, {"error": "invalid_grant"}, 400)

    with pytest.raises(LinkEnded):
        await amazonpay.link_renew(TOKEN)


@pytest.mark.parametrize("verb", ["link_finish", "link_renew"])
async def test_a_refusal_of_the_application_ends_no_link(amazonpay, amazon, verb):
    amazon.on(TOKENS, {"error": "invalid_client"}, 401)
    started = await amazonpay.link_start(REQUEST)
    given = (started.state, CODE) if verb == "link_finish" else (TOKEN,)

    with pytest.raises(Refused) as refused:
        await getattr(amazonpay, verb)(*given)

    assert not isinstance(refused.value, LinkEnded | WrongProof)


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, {}), (200, {"access_token": "x"}), (400, {}), (302, {"error": "x"}), (400, [])],
)
async def test_an_answer_without_tokens_or_an_error_is_unknown(amazonpay, amazon, status, answer):
    amazon.on(TOKENS, answer, status)
    started = await amazonpay.link_start(REQUEST)

    with pytest.raises(Unknown):
        await amazonpay.link_finish(started.state, CODE)


@pytest.mark.parametrize("seconds", [None, "3600", 0, 10**12])
async def test_an_expiry_that_makes_no_sense_is_none(amazonpay, amazon, seconds):
    amazon.on(TOKENS, {**GRANTED, "expires_in": seconds})

    assert (await amazonpay.link_renew(TOKEN)).expires_at is None


async def test_the_balance_is_what_can_be_spent(amazonpay, amazon):
    amazon.on(BALANCE, BALANCE_BODY)

    assert await amazonpay.balance(TOKEN) == 145000
    sent = amazon.sent()
    assert sent["accessToken"] == "Atza|exampleAccessToken"
    assert sent["instrumentTypes"] == "AmazonPayBalance"


async def test_a_balance_with_a_wrong_signature_is_accepted(amazonpay, amazon):
    amazon.on(BALANCE, BALANCE_BODY, x_amz_signature="A" * 64)

    assert await amazonpay.balance(TOKEN) == 145000


async def test_an_answer_without_a_balance_is_unknown(amazonpay, amazon):
    amazon.on(BALANCE, {"amazonPayBalance": {"enabled": False}})

    with pytest.raises(Unknown):
        await amazonpay.balance(TOKEN)


async def test_no_token_is_recorded(amazonpay, amazon, recorded):
    amazon.on(BALANCE, BALANCE_BODY)
    amazon.on(TOKENS, GRANTED)

    await amazonpay.balance(TOKEN)
    linked = await amazonpay.link_renew(TOKEN)

    written = repr([recorded, linked])
    assert "AmazonPayBalance" in written
    assert [secret for secret in ("Atza|", "Atzr|", "1450") if secret in written] == []


def test_the_tokens_of_a_link_are_not_printed():
    assert "At" not in repr(read_tokens(TOKEN))
