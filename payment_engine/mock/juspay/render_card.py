"""Cards as Juspay prints them in orders and lists; ``expiry_*`` here, ``card_exp_*`` in lists."""

from datetime import datetime
from typing import Any

from payment_engine.mock.juspay.bins import Bin, bin_of
from payment_engine.mock.juspay.locker import NetworkToken, SavedCard
from payment_engine.mock.juspay.model import Txn
from payment_engine.mock.juspay.testcards import Card


def order_card(txn: Txn, card: Card, now: datetime) -> dict[str, Any]:
    """The ``card`` of an order: which one paid, and whether it was or is now saved."""
    issuer = bin_of(card.isin) or Bin(card.brand)
    saved, used = txn.kept or txn.saved, txn.saved
    content = {
        "name_on_card": card.name,
        "card_isin": card.isin,
        "card_brand": card.brand,
        "card_type": issuer.type,
        "card_issuer": issuer.bank,
        "card_reference": saved.reference if saved else "",
        "card_fingerprint": card.fingerprint,
        "last_four_digits": card.last4,
        "expiry_month": card.month,
        "expiry_year": card.year,
        "using_saved_card": used is not None,
        "saved_to_locker": txn.kept is not None,
        "using_token": used is not None and used.network is not None,
        "tokenization_user_consent": txn.tokenise,
        "juspay_bank_code": issuer.bank_code,
        "card_issuer_country": issuer.country,
    }
    if saved and saved.network:
        content["token"] = token_json(saved, saved.network, now)
    return content


def token_json(saved: SavedCard, token: NetworkToken, now: datetime) -> dict[str, Any]:
    """What a network keeps in place of the number; its last digits are its own."""
    return {
        "card_reference": token.reference,
        "last_four_digits": token.last4,
        "card_fingerprint": saved.card.fingerprint,
        "card_isin": token.isin,
        "expiry_month": token.month,
        "expiry_year": token.year,
        "par": token.par,
        "tokenization_status": token.status(now),
    }


def masked(saved: SavedCard) -> str:
    """A tokenised card's first digits are hidden too."""
    start = "XXXX" if saved.network else saved.card.isin[:4]
    return f"{start}-XXXXXXXX-{saved.card.last4}"
