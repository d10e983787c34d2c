"""Cards that Juspay keeps: what is read of them, how they pay, and how they are forgotten."""

import pytest
from pydantic import SecretStr

from payment_engine.domain.cards import CardState
from payment_engine.domain.gateway import CardFacts, Refused
from payment_engine.domain.payment_methods import CardOnFile
from payment_engine.gateways.juspay.cards import gateway_card
from payment_engine.gateways.juspay.messages import Card

LISTED = {
    "card_token": "tkn_short",
    "card_reference": "ref_1",
    "card_number": "4242-XXXXXXXX-4242",
    "card_isin": "424242",
    "card_exp_year": "2031",
    "card_exp_month": "12",
    "name_on_card": "A Rao",
    "card_type": "CREDIT",
    "card_issuer": "HDFC Bank",
    "card_brand": "VISA",
    "card_fingerprint": "fp_1",
    "token": {
        "tokenization_status": "ACTIVE",
        "last_four_digits": "9999",
        "par": "PAR1",
        "cvv_less_support": True,
    },
}
ORDER_CARD = {"card_reference": "ref_1", "last_four_digits": "", "card_isin": "424242"}
"""A card in an order's answer, which often hides its last digits."""
REF = "01k0m9v7c2q4w8z6x3y5"


def test_only_what_may_be_stored_is_read_of_a_card():
    card = gateway_card(Card.read(LISTED))

    assert (card.state, card.network, card.last4, card.last4_source) == (
        CardState.ACTIVE,
        "visa",
        "4242",
        "card",
    )
    assert (card.kind, card.issuer, card.cvv_less) == ("credit", "HDFC Bank", True)
    assert not {"424242", "2031", "12", "A Rao"} & {str(value) for value in vars(card).values()}


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"card_number": None}, "last4_source", "token"),
        ({"token": None}, "state", CardState.ACTIVE),
        ({"token": None}, "cvv_less", False),
        ({"token": {"cvv_less_support": False}}, "cvv_less", False),
        ({"token": {"tokenization_status": "SUSPENDED"}}, "state", CardState.SUSPENDED),
        ({"token": {"tokenization_status": "MYSTERY"}}, "state", CardState.INITIATED),
        ({"card_brand": "SODEXO"}, "network", "other"),
        ({"card_type": "GIFT"}, "kind", None),
        ({"card_fingerprint": None, "token": {"a": "b"}}, "fingerprint", None),
    ],
)
def test_a_card_says_less_or_something_new(changes, name, expected):
    assert getattr(gateway_card(Card.read({**LISTED, **changes})), name) == expected


@pytest.mark.parametrize("changes", [{"card_reference": ""}, {"card_number": "x", "token": {}}])
def test_a_card_that_cannot_be_known_again_is_not_read(changes):
    assert gateway_card(Card.read({**LISTED, **changes})) is None


async def test_a_saved_card_is_paid_with_the_token_of_the_moment(juspay, script, make_charge):
    script.on("GET /cards", {"cards": [{**LISTED, "card_reference": "other"}, LISTED, "nonsense"]})
    script.on("POST /txns", {"order_id": REF, "status": "PENDING_VBV"})

    await juspay.charge(make_charge(source=CardOnFile(token=SecretStr("ref_1"))))

    assert script.form(1)["card_token"] == "tkn_short"


async def test_a_saved_card_that_the_gateway_lost_is_refused(juspay, script, make_charge):
    script.on("GET /cards", {"cards": "none"})

    with pytest.raises(Refused):
        await juspay.charge(make_charge(source=CardOnFile(token=SecretStr("ref_1"))))


async def test_a_card_is_deleted_by_its_reference_and_an_absent_one_is_deleted_already(
    juspay, script
):
    script.on("GET /cards", {"cards": [{**LISTED, "card_reference": "other"}, LISTED]})
    script.on("POST /card/delete", {"card_token": "tkn_short", "deleted": True})
    script.on("GET /cards", {"cards": []})

    await juspay.delete_card("cust-8812", SecretStr("ref_1"))
    await juspay.delete_card("cust-8812", SecretStr("ref_1"))

    assert script.form(1) == {"card_token": "tkn_short"}
    assert len(script.requests) == 3


@pytest.mark.parametrize(
    ("order_card", "listed", "found"),
    [
        ({**LISTED, "saved_to_locker": True}, [LISTED], True),
        ({**LISTED, "saved_to_locker": True}, [], False),
        ({**LISTED, "saved_to_locker": False}, [LISTED], False),
        ({}, [LISTED], False),
        ({"saved_to_locker": True}, [LISTED], False),
        ({**ORDER_CARD, "saved_to_locker": True}, [LISTED], True),
        ({**ORDER_CARD, "using_saved_card": True}, [LISTED], True),
        ({**ORDER_CARD, "card_reference": "ref_2", "using_token": True}, [LISTED], False),
        (
            {**ORDER_CARD, "card_reference": "", "token_created": {"card_reference": "ref_1"}}
            | {"saved_to_locker": True},
            [LISTED],
            True,
        ),
    ],
)
async def test_a_card_counts_as_saved_once_the_order_and_the_list_agree(
    juspay, script, key, order_card, listed, found
):
    script.on(f"GET /orders/{REF}", {"order_id": REF, "status": "CHARGED", "card": order_card})
    script.on("GET /cards", {"cards": listed})

    card = await juspay.saved_card(key)

    assert (card is not None) is found


async def test_the_cards_of_a_customer_are_listed_without_their_short_lived_tokens(juspay, script):
    script.on("GET /cards", {"cards": [LISTED]})

    (card,) = await juspay.list_cards("cust-8812")

    assert card.token == SecretStr("ref_1")


async def test_facts_of_a_card_by_its_first_digits(juspay, script):
    script.on(
        "GET /cardbins/607148",
        {
            "brand": "RUPAY",
            "bank": "SBI",
            "type": "DEBIT",
            "country": "INDIA",
            "tokenize_support": "true",
        },
    )

    facts = await juspay.card_facts("607148")

    assert facts == CardFacts(
        network="rupay", kind="debit", issuer="SBI", country="INDIA", tokenizable=True
    )
    assert "x-routing-id" not in script.requests[0].headers


async def test_facts_may_be_few_or_none(juspay, script):
    script.on("GET /cardbins/999999", {"brand": "NEW"})
    script.on("GET /cardbins/999998", {"error_info": {"code": "RESOURCE_NOT_FOUND"}}, 404)

    assert await juspay.card_facts("999999") == CardFacts()
    assert await juspay.card_facts("999998") is None
