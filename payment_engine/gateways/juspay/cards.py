"""Cards that Juspay keeps for a customer: found by their reference, paid by a short-lived token."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from payment_engine.domain.cards import CardState, network_named
from payment_engine.domain.gateway import CardFacts, GatewayCard, Refused
from payment_engine.gateways.juspay.tables import ERROR_FIELDS
from payment_engine.gateways.juspay.wire import JuspayWire, accepted, codes
from payment_engine.gateways.reading import in_address, part, text

CARD_FIELDS = ERROR_FIELDS | {"card_brand", "card_type", "deleted", "tokenization_status"}
BIN_FIELDS = ERROR_FIELDS | {"brand", "type", "country", "tokenize_support"}
STATES: Mapping[str, CardState] = {
    "INITIATED": CardState.INITIATED,
    "PENDING": CardState.INITIATED,
    "ACTIVE": CardState.ACTIVE,
    "SUSPENDED": CardState.SUSPENDED,
    "DEACTIVATED": CardState.DEACTIVATED,
    "EXPIRED": CardState.EXPIRED,
    "FAILED": CardState.FAILED,
    "DELETED": CardState.DELETED,
}
"""``tokenization_status`` and ours; a word we do not know is not payable yet (MOD-11)."""
_KINDS = frozenset({"credit", "debit", "prepaid"})
_YES = ("true", "1")


async def cards_of(api: JuspayWire, customer_ref: str) -> list[tuple[str, GatewayCard]]:
    """Each card beside the token that pays with it now, which must not be kept."""
    path = f"/cards?customer_id={in_address(customer_ref)}&options.check_cvv_less_support=true"
    answer = await api.ask("list_cards", "GET", path, customer_ref, CARD_FIELDS)
    listed = answer.get("cards")
    cards = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [(str(each.get("card_token") or ""), card) for each in cards if (card := read(each))]


async def token_to_pay(api: JuspayWire, customer_ref: str, reference: SecretStr) -> str:
    """The token of a saved card for one payment; raises Refused where Juspay has it no more."""
    for token, card in await cards_of(api, customer_ref):
        if card.token == reference and token:
            return token
    raise Refused("card_not_found", "the gateway no longer keeps this card")


async def delete(api: JuspayWire, customer_ref: str, reference: SecretStr) -> None:
    """Forget a card; one that is not there is forgotten already."""
    for token, card in await cards_of(api, customer_ref):
        if card.token == reference:
            form = {"card_token": token}
            await api.ask("delete_card", "POST", "/card/delete", customer_ref, CARD_FIELDS, form)


async def facts(api: JuspayWire, merchant_id: str, digits: str) -> CardFacts | None:
    """``GET /cardbins``; None for digits that Juspay does not know."""
    query = f"merchant_id={in_address(merchant_id)}&options.check_tokenize_support=true"
    path = f"/cardbins/{digits}?{query}"
    answer = await api.send("card_facts", "GET", path, "", BIN_FIELDS)
    if answer.status in (400, 404) and codes(answer) & {"RESOURCE_NOT_FOUND", "object_not_found"}:
        return None
    found = accepted(answer)
    network = network_named(text(found, "brand") or "")
    can = text(found, "tokenize_support")
    return CardFacts(
        network=network.name if network else None,
        kind=_kind(text(found, "type")),
        issuer=text(found, "bank"),
        country=text(found, "country"),
        tokenizable=None if can is None else can.lower() in _YES,
    )


def read(card: Mapping[str, Any]) -> GatewayCard | None:
    """What may be kept of a listed card or of an order's (TOK-1); None without a reference."""
    token = part(card, "token")
    reference = text(card, "card_reference") or text(token, "card_reference")
    last4 = text(card, "last_four_digits") or (text(card, "card_number") or "")[-4:]
    ours = last4 or text(token, "last_four_digits") or ""
    if reference is None or len(ours) != 4 or not ours.isdecimal():
        return None
    network = network_named(text(card, "card_brand") or "")
    fingerprint = text(card, "card_fingerprint") or text(token, "par")
    return GatewayCard(
        token=SecretStr(reference),
        state=_state(card, token),
        network=network.name if network else "other",
        last4=ours,
        last4_source="card" if last4 else "token",
        kind=_kind(text(card, "card_type")),
        issuer=text(card, "card_issuer"),
        fingerprint=SecretStr(fingerprint) if fingerprint else None,
        cvv_less=(text(card, "cvv_less_support") or "").lower() in _YES,
    )


def kept(card: Mapping[str, Any]) -> bool:
    """Whether an order's card was kept, or is one that was kept before."""
    said = (text(card, name) for name in ("saved_to_locker", "using_saved_card", "using_token"))
    return any((word or "").lower() in _YES for word in said)


def _state(card: Mapping[str, Any], token: Mapping[str, Any]) -> CardState:
    """A card without a token is a foreign one that Juspay may hold itself (CoFT rules)."""
    if not token:
        return CardState.ACTIVE
    return STATES.get((text(token, "tokenization_status") or "").upper(), CardState.INITIATED)


def _kind(word: str | None) -> str | None:
    return word.lower() if word and word.lower() in _KINDS else None
