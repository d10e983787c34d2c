"""Cards: one-time tokens of entered ones, saved ones, and what their first digits tell."""

import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.card_numbers import DECLINES, has_card_length, is_card_number
from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.documents import GATEWAY, masked_number, token_document
from payment_engine.mock.juspay.model import BINS, CVV_LESS, Bin, Card, SavedCard, Txn, bin_of
from payment_engine.mock.juspay.state import Juspay, juspay_of
from payment_engine.mock.juspay.wire import answer, fields_of, refuse, truthy

_EXPIRY = re.compile(r"[0-9]{1,2}/(?:[0-9]{2}){1,2}")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
}
_BIN_CHECKS = (
    "mandate_support",
    "direct_otp_support",
    "atm_pin_auth_support",
    "tokenize_support",
    "cvv_less_support",
)
_SAVED_CARD_CHECKS = (
    "cvv_less_support",
    "tokenize_support",
    "atm_pin_auth_support",
    "direct_otp_support",
)

_CVV_LESS_AT: Mapping[bool, dict[str, list[str]]] = {
    True: {"cvv_less_supported_gateways": [GATEWAY]},
    False: {},
}
"""Which gateways take a card without its security code, if any does."""


async def tokenize(request: Request) -> HTTPResponse:
    """``POST /card/tokenize``: ``{"token": "ctkn_..."}`` for one payment within 15 minutes."""
    try:
        response = answer({"token": _issue_token(request)})
    except errors.Refusal as refusal:
        response = refuse(request, refusal)
    response.headers.extend(_CORS)
    return response


async def tokenize_preflight(_: Request) -> HTTPResponse:
    """``OPTIONS /card/tokenize``: any shop's page may call it."""
    return HTTPResponse(status=204, headers=_CORS)


async def list_saved(request: Request) -> HTTPResponse:
    """``GET /cards?customer_id=`` and the older ``/card/list``; empty for unknown customers."""
    juspay = juspay_of(request)
    fields = fields_of(request)
    customer_id = fields.get("customer_id", "")
    if not customer_id:
        raise errors.invalid("customer_id")
    cards = juspay.cards.of(juspay.customers.id_of(customer_id))
    checks = _requested_checks(_SAVED_CARD_CHECKS, fields)
    return answer(
        {
            "customer_id": customer_id,
            "merchantId": juspay.config.merchant_id,
            "cards": [_saved_card_document(juspay, each, checks) for each in cards],
        }
    )


async def add(request: Request) -> HTTPResponse:
    """``POST /card/add``: a foreign card, by its number or a ``token`` of the tokenise call.

    The check digit of a number is not looked at, and one that no network issues is foreign:
    Juspay's own client suites add numbers that they make of the time.
    """
    juspay = juspay_of(request)
    fields = fields_of(request)
    customer_id = fields.get("customer_id", "")
    card = _card_to_add(juspay, fields)
    saved = customer_id and juspay.cards.save(
        juspay.customers.id_of(customer_id), card, tokenise=False
    )
    if not saved:
        raise errors.invalid("customer_id") if not customer_id else errors.not_storable()
    saved.nickname = fields.get("nickname", saved.nickname)
    return answer(
        {
            "card_token": juspay.cards.tokens.issue(saved),
            "card_reference": saved.reference,
            "card_fingerprint": card.fingerprint,
        }
    )


async def delete(request: Request) -> HTTPResponse:
    """``POST /card/delete`` by ``card_token``, which is unknown from then on."""
    juspay, token, saved = _saved_card_of(request)
    juspay.cards.delete(saved)
    return answer({"card_token": token, "card_reference": saved.reference, "deleted": True})


async def update(request: Request) -> HTTPResponse:
    """``POST /card/update``: another ``nickname``."""
    _, token, saved = _saved_card_of(request)
    saved.nickname = fields_of(request).get("nickname", saved.nickname)
    message = "Card updated successfully."
    return answer({"card_token": token, "user_message": message, "status": "SUCCESS"})


async def card_info(request: Request, digits: str) -> HTTPResponse:
    """``GET /cardbins/{6 to 9 digits}``, with the features that ``options.check_...`` ask about."""
    fields = fields_of(request)
    issuer = bin_of(digits)
    if not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 9):
        raise errors.invalid("bin")
    if not issuer:
        raise errors.error("RESOURCE_NOT_FOUND", "Card bin not found.", status="NOT_FOUND")
    return answer(_bin_document(digits, issuer, _requested_checks(_BIN_CHECKS, fields)))


async def eligible_bins(request: Request) -> HTTPResponse:
    """``GET /v2/bins/eligibility?auth_type=OTP``: cards whose OTP may be entered in the shop."""
    otp = fields_of(request).get("auth_type", "OTP") == "OTP"
    return answer({"bins": [digits for digits, found in BINS.items() if found.direct_otp and otp]})


def set_card(juspay: Juspay, txn: Txn, fields: dict[str, str]) -> None:
    """Set the card that a ``POST /txns`` pays with. Raises Refusal."""
    txn.auth_type = fields.get("auth_type") or "THREE_DS"
    txn.tokenise = truthy(fields.get("tokenize"))
    txn.save_card = txn.tokenise or truthy(fields.get("save_to_locker"))
    token = fields.get("card_token", "")
    if token and juspay.cards.tokens.expiry(token):
        txn.saved_card = _saved_card_to_charge(juspay, token, fields)
        txn.card = txn.saved_card.card
    else:
        txn.card = juspay.redeem_card(token) if token else _entered_card(juspay, fields)
    txn.method = txn.card.brand


def _saved_card_to_charge(juspay: Juspay, token: str, fields: dict[str, str]) -> SavedCard:
    """A saved card; only a network token pays without the security code."""
    saved = juspay.saved_card(token)
    cvv_less = saved.network_token is not None and saved.card.brand in CVV_LESS
    if not cvv_less and not _has_code(fields):
        raise errors.no_gateway()
    return saved


def _entered_card(juspay: Juspay, fields: dict[str, str]) -> Card:
    if not fields.get("card_number"):
        raise errors.legacy(
            "invalid_request_error", "missing_card_number", "Card number is missing."
        )
    if not _has_code(fields):
        raise errors.no_gateway()
    card = read_card(fields, juspay.card_key)
    if not card:
        raise errors.invalid("card_number")
    return card


def _has_code(fields: dict[str, str]) -> bool:
    """Whether the security code is there, which nobody tells by mail or telephone."""
    return bool(fields.get("card_security_code")) or fields.get("auth_type") == "MOTO"


def _issue_token(request: Request) -> str:
    fields = fields_of(request)
    code = fields.get("card_security_code", "")
    juspay = juspay_of(request)
    _check_expiry(fields)
    card = read_card(fields, juspay.card_key)
    if not card:
        raise errors.invalid("card_number")
    if not code:
        raise errors.no_security_code()
    if not (code.isdigit() and len(code) in (3, 4)):
        raise errors.invalid("card_security_code")
    return juspay.entered_cards.issue(card)


def _check_expiry(fields: dict[str, str]) -> None:
    """Raise Refusal for a month that is none, and for a year that is none."""
    month, year = fields.get("card_exp_month", ""), fields.get("card_exp_year", "")
    if not (month.isdecimal() and 1 <= int(month) <= 12):
        raise errors.invalid_expiry_month()
    if not (year.isdecimal() and len(year) in (2, 4)):
        raise errors.invalid_expiry_year()


def _saved_card_of(request: Request) -> tuple[Juspay, str, SavedCard]:
    juspay = juspay_of(request)
    fields = fields_of(request)
    token = fields.get("card_token", "")
    customer_id = fields.get("customer_id")
    saved = juspay.saved_card(token)
    if customer_id and juspay.customers.id_of(customer_id) != saved.customer_id:
        raise errors.bad_token(expired=False)
    return juspay, token, saved


def _card_to_add(juspay: Juspay, fields: dict[str, str]) -> Card:
    if token := fields.get("token"):
        return juspay.redeem_card(token)
    card = read_card(fields, juspay.card_key, has_card_length)
    if not card:
        raise errors.invalid("card_number")
    return card


def _requested_checks(names: tuple[str, ...], fields: dict[str, str]) -> list[str]:
    return [name for name in names if truthy(fields.get(f"options.check_{name}"))]


def _bin_document(digits: str, issuer: Bin, checks: list[str]) -> dict[str, Any]:
    cvv_less = issuer.tokenizes and issuer.brand in CVV_LESS
    features = {**_features(issuer), "cvv_less_support": cvv_less}
    return {
        "id": digits,
        "object": "cardbin",
        "brand": issuer.brand,
        "bank": issuer.bank,
        "country": issuer.country,
        "type": issuer.type,
        "extended_card_type": issuer.type,
        "card_sub_type": issuer.sub_type,
        "juspay_bank_code": issuer.bank_code,
        **{name: features[name] for name in checks},
        **_CVV_LESS_AT["cvv_less_support" in checks and cvv_less],
    }


def _features(issuer: Bin) -> dict[str, bool]:
    return {
        "mandate_support": issuer.mandates,
        "direct_otp_support": issuer.direct_otp,
        "atm_pin_auth_support": issuer.atm_pin,
        "tokenize_support": issuer.tokenizes,
    }


def _saved_card_document(juspay: Juspay, saved: SavedCard, checks: list[str]) -> dict[str, Any]:
    now = juspay.world.clock.now()
    card = saved.card
    issuer = bin_of(card.isin) or Bin(card.brand)
    features = _features(issuer)
    content: dict[str, Any] = {
        "card_token": juspay.cards.tokens.issue(saved),
        "card_reference": saved.reference,
        "card_number": masked_number(saved),
        "card_isin": card.isin,
        "card_exp_year": card.year,
        "card_exp_month": card.month,
        "card_type": issuer.type,
        "extended_card_type": issuer.type,
        "card_issuer": issuer.bank,
        "card_brand": card.brand,
        "metadata": {"origin_merchant_id": juspay.config.merchant_id},
        "nickname": saved.nickname,
        "name_on_card": card.name,
        "expired": card.is_expired(now),
        "card_fingerprint": card.fingerprint,
        "juspay_bank_code": issuer.bank_code,
        "card_sub_type": issuer.sub_type,
        "card_issuer_country": issuer.country,
        "provider": card.brand if saved.network_token else "JUSPAY",
        "provider_category": "NETWORK_TOKEN" if saved.network_token else "VAULT",
        **{name: features[name] for name in checks if name in features},
    }
    if saved.network_token:
        content["token"] = token_document(saved, saved.network_token, now)
        if "cvv_less_support" in checks:
            takes = card.brand in CVV_LESS
            content["token"] |= {"cvv_less_support": takes, **_CVV_LESS_AT[takes]}
    return content


def read_card(
    fields: Mapping[str, str], key: str, is_number: Callable[[str], bool] = is_card_number
) -> Card | None:
    """The card of a form, without its number; None if the number or the expiry is invalid.

    ``key`` keys its fingerprint.
    """
    number = fields.get("card_number", "")
    month = fields.get("card_exp_month", "")
    year = fields.get("card_exp_year", "")
    digits = number.replace(" ", "").replace("-", "")
    if not is_number(digits):
        return None
    if not (_EXPIRY.fullmatch(f"{month}/{year}") and 1 <= int(month) <= 12):
        return None
    issuer = bin_of(digits)
    return Card(
        brand=issuer.brand if issuer else "RUPAY",
        isin=digits[:6],
        last4=digits[-4:],
        name=fields.get("name_on_card", ""),
        month=month.zfill(2),
        year=f"20{year[-2:]}",
        fingerprint=hmac.digest(key.encode(), digits.encode(), "sha256").hex()[:20],
        decline=DECLINES.get(digits),
    )
