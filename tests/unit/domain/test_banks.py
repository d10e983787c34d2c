"""Banks and wallets have names; one that we do not know yet has its code."""

from payment_engine.domain.banks import bank_label, wallet_label


def test_a_bank_is_called_by_its_name_or_by_its_code() -> None:
    assert bank_label("HDFC") == "HDFC Bank"
    assert bank_label("NEWBANK") == "NEWBANK"


def test_a_wallet_is_called_by_its_name_or_by_its_word() -> None:
    assert wallet_label("amazonpay") == "Amazon Pay"
    assert wallet_label("newwallet") == "Newwallet"
