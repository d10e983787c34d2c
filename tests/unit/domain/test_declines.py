"""A decline tells the customer what happened and what to do, without blame or jargon."""

import pytest

from payment_engine.domain.declines import CARD_CODES, DECLINES, UPI_CODES, Decline, decline


@pytest.mark.parametrize("code", DECLINES)
def test_every_decline_is_found_under_its_code(code: str) -> None:
    assert decline(code) == (code, DECLINES[code])


@pytest.mark.parametrize("code", [None, "", "U69", "INSUFFICIENT_FUNDS"])
def test_a_code_we_do_not_know_is_told_as_other(code: str | None) -> None:
    assert decline(code) == ("other", DECLINES["other"])


@pytest.mark.parametrize("known", DECLINES.values())
def test_every_decline_ends_its_sentences(known: Decline) -> None:
    assert known.message.endswith(".")
    assert known.message_hi.endswith("।")
    assert known.message.isprintable()


@pytest.mark.parametrize("code", [*UPI_CODES.values(), *CARD_CODES.values()])
def test_every_bank_code_leads_to_words_of_ours_upi_17(code: str) -> None:
    assert code in DECLINES


CARD_REASONS = {
    *("incorrect_otp", "otp_expired", "authentication_failed", "cancelled_by_customer"),
    *("declined_by_issuer", "insufficient_funds", "expired_instrument", "incorrect_cvv"),
    *("card_not_enabled_online", "limit_exceeded", "risk_declined", "issuer_down", "timed_out"),
}


def test_every_reason_of_a_card_has_words_of_its_own_crd_4() -> None:
    assert len({DECLINES[reason].message for reason in CARD_REASONS}) == len(CARD_REASONS)
    assert "Switch it on" in DECLINES["card_not_enabled_online"].message


@pytest.mark.parametrize("code", ["Z9", "ZM", "ZA", "Z8", "Z7", "U16"])
def test_what_customers_or_banks_decide_is_no_technical_decline_upi_18(code: str) -> None:
    assert DECLINES[UPI_CODES[code]].cause in ("customer", "limit", "risk")


@pytest.mark.parametrize(
    ("theirs", "money", "retry"),
    [
        ("Z9", "not_debited", "other"),
        ("ZM", "not_debited", "same"),
        ("ZA", "not_debited", "same"),
        ("U69", "not_debited", "same"),
        ("RB", "maybe_debited", "wait"),
        ("U31", "returning", "other"),
        ("Z7", "not_debited", "later"),
        ("XC", "maybe_debited", "other"),
    ],
)
def test_what_customers_hear_of_their_money_is_what_is_known_upi_14(
    theirs: str, money: str, retry: str
) -> None:
    told = DECLINES[UPI_CODES[theirs]]

    assert (told.money, told.retry) == (money, retry)
