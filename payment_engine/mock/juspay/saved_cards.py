"""A customer's saved cards: listed with tokens that pay for a while, added, renamed, deleted."""

from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.bins import CVV_LESS, Bin, bin_of
from payment_engine.mock.juspay.book import Juspay, juspay_of
from payment_engine.mock.juspay.locker import SavedCard
from payment_engine.mock.juspay.render_card import masked, token_json
from payment_engine.mock.juspay.testcards import Card, read_card
from payment_engine.mock.juspay.wire import answer, fields_of, truthy

_CHECKS = ("cvv_less_support", "tokenize_support", "atm_pin_auth_support", "direct_otp_support")


async def listing(request: Request) -> HTTPResponse:
    """``GET /cards?customer_id=`` and the older ``/card/list``; nobody's list is empty."""
    juspay, fields = juspay_of(request), fields_of(request)
    customer_id = fields.get("customer_id", "")
    if not customer_id:
        raise errors.invalid("customer_id")
    cards = juspay.locker.cards(juspay.people.key(customer_id))
    asked = [name for name in _CHECKS if truthy(fields.get(f"options.check_{name}"))]
    return answer(
        {
            "customer_id": customer_id,
            "merchantId": juspay.config.merchant_id,
            "cards": [_listed(juspay, each, asked) for each in cards],
        }
    )


async def add(request: Request) -> HTTPResponse:
    """``POST /card/add``: a foreign card, by its number or a ``token`` of the tokenise call."""
    juspay, fields = juspay_of(request), fields_of(request)
    customer_id = fields.get("customer_id", "")
    card = _given(juspay, fields)
    saved = customer_id and juspay.locker.keep(juspay.people.key(customer_id), card, tokenise=False)
    if not saved:
        raise errors.invalid("customer_id") if not customer_id else errors.not_kept()
    saved.nickname = fields.get("nickname", saved.nickname)
    return answer(
        {
            "card_token": juspay.locker.tokens.give(saved),
            "card_reference": saved.reference,
            "card_fingerprint": card.fingerprint,
        }
    )


async def delete(request: Request) -> HTTPResponse:
    """``POST /card/delete`` by ``card_token``; the second time it is an unknown one."""
    juspay, token, saved = _named(request)
    juspay.locker.drop(saved)
    return answer({"card_token": token, "card_reference": saved.reference, "deleted": True})


async def update(request: Request) -> HTTPResponse:
    """``POST /card/update``: another ``nickname``."""
    _, token, saved = _named(request)
    saved.nickname = fields_of(request).get("nickname", saved.nickname)
    told = "Card updated successfully."
    return answer({"card_token": token, "user_message": told, "status": "SUCCESS"})


def _named(request: Request) -> tuple[Juspay, str, SavedCard]:
    juspay, fields = juspay_of(request), fields_of(request)
    token, customer_id = fields.get("card_token", ""), fields.get("customer_id")
    saved = juspay.saved(token)
    if customer_id and juspay.people.key(customer_id) != saved.customer_id:
        raise errors.bad_token(expired=False)
    return juspay, token, saved


def _given(juspay: Juspay, fields: dict[str, str]) -> Card:
    if token := fields.get("token"):
        return juspay.take_card(token)
    card = read_card(fields, juspay.card_key)
    if not card:
        raise errors.invalid("card_number")
    return card


def _listed(juspay: Juspay, saved: SavedCard, asked: list[str]) -> dict[str, Any]:
    now, card = juspay.world.clock.now(), saved.card
    issuer = bin_of(card.isin) or Bin(card.brand)
    can = {
        "cvv_less_support": saved.network is not None and card.brand in CVV_LESS,
        "tokenize_support": issuer.tokenizes,
        "atm_pin_auth_support": issuer.atm_pin,
        "direct_otp_support": issuer.direct_otp,
    }
    content: dict[str, Any] = {
        "card_token": juspay.locker.tokens.give(saved),
        "card_reference": saved.reference,
        "card_number": masked(saved),
        "card_isin": card.isin,
        "card_exp_year": card.year,
        "card_exp_month": card.month,
        "card_type": issuer.type,
        "card_issuer": issuer.bank,
        "card_brand": card.brand,
        "nickname": saved.nickname,
        "name_on_card": card.name,
        "expired": card.over(now.year, now.month),
        "card_fingerprint": card.fingerprint,
        "juspay_bank_code": issuer.bank_code,
        "card_sub_type": issuer.sub_type,
        "card_issuer_country": issuer.country,
        "provider": card.brand if saved.network else "JUSPAY",
        "provider_category": "NETWORK_TOKEN" if saved.network else "VAULT",
        **{name: can[name] for name in asked},
    }
    if saved.network:
        content["token"] = token_json(saved, saved.network, now)
    return content
