"""The card that an attempt is made with: just entered, tokenised by the browser, or saved."""

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.bins import CVV_LESS
from payment_engine.mock.juspay.book import Juspay
from payment_engine.mock.juspay.locker import SavedCard
from payment_engine.mock.juspay.model import Txn
from payment_engine.mock.juspay.testcards import Card, read_card
from payment_engine.mock.juspay.wire import truthy


def present_card(juspay: Juspay, txn: Txn, fields: dict[str, str]) -> None:
    """Put the card of ``POST /txns`` into the attempt. Raises Refusal."""
    txn.tokenise = truthy(fields.get("tokenize"))
    txn.save = txn.tokenise or truthy(fields.get("save_to_locker"))
    token = fields.get("card_token", "")
    if token and juspay.locker.tokens.until(token):
        txn.saved = _saved(juspay, token, fields)
        txn.card = txn.saved.card
    else:
        txn.card = juspay.take_card(token) if token else _entered(juspay, fields)
    txn.method = txn.card.brand


def _saved(juspay: Juspay, token: str, fields: dict[str, str]) -> SavedCard:
    """A saved card; only a network's token of it does without the security code."""
    saved = juspay.saved(token)
    cvv_less = saved.network is not None and saved.card.brand in CVV_LESS
    if not fields.get("card_security_code") and not cvv_less:
        raise errors.no_gateway()
    return saved


def _entered(juspay: Juspay, fields: dict[str, str]) -> Card:
    if not fields.get("card_number"):
        raise errors.old("invalid_request_error", "missing_card_number", "Card number is missing.")
    if not fields.get("card_security_code"):
        raise errors.no_gateway()
    card = read_card(fields, juspay.card_key)
    if not card:
        raise errors.invalid("card_number")
    return card
