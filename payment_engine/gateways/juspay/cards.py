"""Cards that Juspay saves for a customer: listed by reference, charged by a short-lived token."""

from collections.abc import Mapping

from pydantic import SecretStr

from payment_engine.domain.cards import CardState, network_named
from payment_engine.domain.gateway import CardFacts, GatewayCard, Refused
from payment_engine.gateways.juspay.messages import (
    BinFacts,
    Card,
    CardList,
    CardToken,
    Confirmation,
)
from payment_engine.gateways.juspay.tables import BIN_FIELDS, CARD_FIELDS, WRONG_SETUP
from payment_engine.gateways.juspay.wire import (
    JuspayRequest,
    JuspayWire,
    accepted,
    failure_codes,
)
from payment_engine.gateways.reading import in_address

STATES: Mapping[str, CardState] = {
    "INITIATED": CardState.INITIATED,  # the network was asked for a token
    "PENDING": CardState.INITIATED,  # the network has not answered
    "ACTIVE": CardState.ACTIVE,  # can be charged
    "SUSPENDED": CardState.SUSPENDED,  # by the issuer, for a while
    "DEACTIVATED": CardState.DEACTIVATED,  # by the issuer, for good
    "EXPIRED": CardState.EXPIRED,  # the card behind it has expired
    "FAILED": CardState.FAILED,  # the network or issuer gave no token
    "DELETED": CardState.DELETED,  # at the customer's wish
}
"""By ``tokenization_status``; a card of any other status cannot be charged yet."""
_KINDS = frozenset({"credit", "debit", "prepaid"})
_NO_SUCH_BIN = frozenset({"RESOURCE_NOT_FOUND", "object_not_found"})


async def list_cards(api: JuspayWire, customer_ref: str) -> list[GatewayCard]:
    """The cards of a customer."""
    return [card for _, card in await _listed(api, customer_ref)]


async def find_saved(api: JuspayWire, customer_ref: str, paid: Card) -> GatewayCard | None:
    """The card of an order, which may tell no more of it than its reference, as it is listed.

    None where the order did not save it, or it is not listed yet.
    """
    if not _is_saved(paid) or not paid.references:
        return None
    listed = await _listed(api, customer_ref)
    return next((found for each, found in listed if each.references & paid.references), None)


async def token_to_charge(api: JuspayWire, customer_ref: str, reference: SecretStr) -> SecretStr:
    """A saved card's token for one charge; raises Refused where Juspay no longer has the card."""
    for listed, card in await _listed(api, customer_ref):
        if card.token == reference and listed.card_token:
            return listed.card_token
    raise Refused("card_not_found", "the gateway no longer has this card", certain=True)


async def delete(api: JuspayWire, customer_ref: str, reference: SecretStr) -> None:
    """Delete a card; one that is not listed is deleted already."""
    for listed, card in await _listed(api, customer_ref):
        if card.token == reference:
            token = listed.card_token
            request = JuspayRequest(
                operation="delete_card",
                method="POST",
                path="/card/delete",
                customer_ref=customer_ref,
                allow=CARD_FIELDS,
                form={"card_token": token.get_secret_value() if token else ""},
            )
            await api.call(request, Confirmation)


async def facts(api: JuspayWire, merchant_id: str, digits: str) -> CardFacts | None:
    """``GET /cardbins``; None for digits that Juspay does not know."""
    query = f"merchant_id={in_address(merchant_id)}&options.check_tokenize_support=true"
    path = f"/cardbins/{digits}?{query}"
    request = JuspayRequest(operation="card_facts", method="GET", path=path, allow=BIN_FIELDS)
    answer = await api.send(request)
    if answer.status in (400, 404) and failure_codes(answer) & _NO_SUCH_BIN:
        return None
    found = accepted(answer, BinFacts, WRONG_SETUP)
    network = network_named(found.brand or "")
    return CardFacts(
        network=network.name if network else None,
        kind=_kind(found.type),
        issuer=found.bank,
        country=found.country,
        tokenizable=found.tokenize_support,
    )


async def _listed(api: JuspayWire, customer_ref: str) -> list[tuple[Card, GatewayCard]]:
    """Each card as listed, with the token that charges it now, and what may be stored of it."""
    path = f"/cards?customer_id={in_address(customer_ref)}&options.check_cvv_less_support=true"
    request = JuspayRequest(
        operation="list_cards",
        method="GET",
        path=path,
        customer_ref=customer_ref,
        allow=CARD_FIELDS,
    )
    cards = (await api.call(request, CardList)).cards
    return [(each, card) for each in cards if (card := gateway_card(each))]


def gateway_card(card: Card) -> GatewayCard | None:
    """What may be stored of a card; None for one without a reference or last four digits.

    RBI lets a merchant store no more than the last four digits and the issuer's name (CoFT
    circular of 7 September 2021).
    """
    token = card.token or CardToken()
    reference = card.card_reference or token.card_reference
    card_last4 = card.last_four_digits or (card.card_number or "")[-4:]
    last4 = card_last4 or token.last_four_digits or ""
    if reference is None or len(last4) != 4 or not last4.isdecimal():
        return None
    network = network_named(card.card_brand or "")
    return GatewayCard(
        token=SecretStr(reference),
        state=_card_state(card.token),
        network=network.name if network else "other",
        last4=last4,
        last4_source="card" if card_last4 else "token",
        kind=_kind(card.card_type),
        issuer=card.card_issuer,
        fingerprint=card.card_fingerprint or token.par,
        cvv_less=True in (token.cvv_less_support, card.cvv_less_support),
    )


def _is_saved(card: Card) -> bool:
    """Whether an order's card was saved by it, or had been saved before."""
    return True in (card.saved_to_locker, card.using_saved_card, card.using_token)


def _card_state(token: CardToken | None) -> CardState:
    """A card without a network token is a foreign one, which Juspay may store itself."""
    if token is None:
        return CardState.ACTIVE
    return STATES.get((token.tokenization_status or "").upper(), CardState.INITIATED)


def _kind(kind: str | None) -> str | None:
    return kind.lower() if kind and kind.lower() in _KINDS else None
