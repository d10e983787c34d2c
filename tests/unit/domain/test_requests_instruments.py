"""Instruments in requests: a card named in one of three ways, CVVs, OTPs."""

import pytest
from pydantic import TypeAdapter, ValidationError

from payment_engine.domain.requests.attempts import AttemptIn, CardIn
from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.requests.upi import SaveVpaIn
from payment_engine.domain.requests.wallets import WalletConsentIn, WalletOtpProof

ATTEMPT = TypeAdapter(AttemptIn)
SAVED = {"method": "card", "instrument_id": "crd_01k0m9v7c2q4w8z6x3y5"}
CONSENT = {"consent": True, "text_version": "2026-01"}
REFUSAL = {"consent": False, "text_version": "2026-01"}
TYPED = {"number": "4242424242424242", "expiry": "11/31", "cvv": "123"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"card_token": "ctkn_1"}, True),
        ({"instrument_id": SAVED["instrument_id"], "cvv": "123"}, True),
        ({"card": TYPED}, True),
        ({}, False),
    ],
)
def test_a_card_is_named_in_one_way_or_entered_on_the_gateways_page(fields, named):
    assert CardIn(method="card", **fields).names_a_card is named


@pytest.mark.parametrize(
    ("fields", "digits"),
    [
        ({"bin": "42424212"}, "424242"),
        ({"bin": "607432", "card_token": "ctkn_1"}, "607432"),
        ({"card": {**TYPED, "number": "4111 1111 1111 1111"}}, "411111"),
        ({"card_token": "ctkn_1"}, None),
        ({}, None),
    ],
)
def test_the_first_digits_of_a_new_card_are_those_that_are_known(fields, digits):
    assert CardIn(method="card", **fields).first_digits == digits


@pytest.mark.parametrize("text", ["42424", "424242424", "4242 42", "abcdef"])
def test_first_digits_are_six_to_eight(text):
    with pytest.raises(ValidationError):
        CardIn(method="card", bin=text)


def test_a_card_named_in_two_ways_is_refused_at_the_field():
    with pytest.raises(ValidationError) as refused:
        CardIn(method="card", card_token="ctkn_1", card=TYPED)

    assert refused.value.errors()[0]["ctx"]["field"] == "card_token"


@pytest.mark.parametrize("cvv", ["12", "12345", "12a", ""])
def test_an_invalid_cvv_is_refused_without_being_repeated(cvv):
    with pytest.raises(ValidationError) as refused:
        ATTEMPT.validate_python({**SAVED, "cvv": cvv})

    assert refused.value.errors()[0]["type"] == "cvv"


@pytest.mark.parametrize("otp", ["48987", "12345678"])
def test_an_otp_has_four_to_eight_digits(otp):
    assert WalletOtpProof(otp=otp).otp.get_secret_value() == otp


@pytest.mark.parametrize("otp", ["123", "123456789", "12 34", "१२३४", ""])
def test_anything_else_is_no_otp(otp):
    with pytest.raises(ValidationError):
        WalletOtpProof(otp=otp)


def test_gateways_get_the_client_with_its_ip_address():
    client = ClientIn(platform="android", installed_upi_apps=["gpay"]).at("203.0.113.7")

    assert (client.ip, client.upi_apps) == ("203.0.113.7", ("gpay",))


def test_a_consent_starts_with_nothing_and_ends_with_a_code():
    assert WalletConsentIn().code is None
    assert WalletConsentIn(code="ANx1").code.get_secret_value() == "ANx1"


@pytest.mark.parametrize(
    ("body", "choice"),
    [
        ({"method": "upi_intent", "app": "gpay"}, "gpay"),
        ({"method": "netbanking", "bank": "HDFC"}, "HDFC"),
        ({"method": "wallet", "wallet": "paytm"}, "paytm"),
        ({"method": "upi_qr"}, None),
        (SAVED, None),
    ],
)
def test_an_attempt_tells_which_app_bank_or_wallet_was_chosen(body, choice):
    assert ATTEMPT.validate_python(body).choice == choice


@pytest.mark.parametrize("body", [SAVED, {"method": "upi_collect", "vpa": "asha@ybl"}])
def test_something_is_saved_only_with_consent(body):
    for save, consented in ((None, False), (REFUSAL, False), (CONSENT, True)):
        attempt = ATTEMPT.validate_python({**body, "save": save})
        assert (attempt.consent_to_save is not None) is consented
    assert ATTEMPT.validate_python({"method": "upi_qr"}).consent_to_save is None


def test_a_upi_id_to_save_comes_with_a_consent():
    assert SaveVpaIn(vpa="asha@ybl", save=CONSENT).save.consent
    with pytest.raises(ValidationError):
        SaveVpaIn(vpa="asha@ybl")
