"""A decline tells the customer what happened and what to do, without jargon or blame."""

import pytest

from payment_engine.domain.declines import (
    CARD_CODES,
    DECLINES,
    UPI_CODES,
    Decline,
    ResultClass,
    decline,
    result_of_decline,
)


@pytest.mark.parametrize("code", DECLINES)
def test_every_decline_is_found_under_its_code(code: str) -> None:
    assert decline(code) == (code, DECLINES[code])


@pytest.mark.parametrize("code", [None, "", "U69", "INSUFFICIENT_FUNDS"])
def test_an_unknown_code_becomes_other(code: str | None) -> None:
    assert decline(code) == ("other", DECLINES["other"])


@pytest.mark.parametrize("each", DECLINES.values())
def test_every_decline_is_a_full_sentence_in_english_and_hindi(each: Decline) -> None:
    assert each.text.en.endswith(".")
    assert each.text.hi.endswith("।")
    assert each.text.en.isprintable()


@pytest.mark.parametrize("code", [*UPI_CODES.values(), *CARD_CODES.values()])
def test_every_bank_code_maps_to_one_of_our_declines(code: str) -> None:
    assert code in DECLINES


CARD_REASONS = {
    *("incorrect_otp", "otp_expired", "authentication_failed", "cancelled_by_customer"),
    *("declined_by_issuer", "insufficient_funds", "expired_instrument", "incorrect_cvv"),
    *("card_not_enabled_online", "limit_exceeded", "risk_declined", "issuer_down", "timed_out"),
}


def test_every_card_decline_has_its_own_text() -> None:
    assert len({DECLINES[reason].text for reason in CARD_REASONS}) == len(CARD_REASONS)
    assert "Switch it on" in DECLINES["card_not_enabled_online"].text.en


@pytest.mark.parametrize("code", ["Z9", "ZM", "ZA", "Z8", "Z7", "U16"])
def test_declines_by_customer_bank_or_limit_are_not_technical(code: str) -> None:
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
def test_a_decline_never_claims_more_about_the_money_than_is_known(
    theirs: str, money: str, retry: str
) -> None:
    mapped = DECLINES[UPI_CODES[theirs]]

    assert (mapped.money, mapped.retry) == (money, retry)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("insufficient_funds", ResultClass.BUSINESS),
        ("risk_declined", ResultClass.BUSINESS),
        ("issuer_down", ResultClass.TECHNICAL),
        ("payee_problem", ResultClass.TECHNICAL),
        ("gateway_unreachable", ResultClass.TECHNICAL),
        ("cancelled_by_customer", ResultClass.DROP_OFF),
        ("timed_out", ResultClass.DROP_OFF),
        (None, ResultClass.BUSINESS),
    ],
)
def test_a_failure_is_technical_a_refusal_or_the_customers(
    code: str | None, result: ResultClass
) -> None:
    assert result_of_decline(code) is result
