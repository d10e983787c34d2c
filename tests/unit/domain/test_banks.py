"""Banks and wallets have display names; an unknown one shows its code."""

from payment_engine.domain.banks import bank_label, wallet_label


def test_a_bank_shows_its_name_and_an_unknown_one_its_code() -> None:
    assert bank_label("HDFC") == "HDFC Bank"
    assert bank_label("NEWBANK") == "NEWBANK"


def test_a_wallet_shows_its_name_and_an_unknown_one_its_code_capitalized() -> None:
    assert wallet_label("amazonpay") == "Amazon Pay"
    assert wallet_label("newwallet") == "Newwallet"
