"""Amazon Pay's signatures against every published and every independently made vector."""

import base64
import hashlib
import hmac

import pytest

from payment_engine.gateways.amazonpay.signature import (
    canonical,
    lexeme,
    pairs,
    return_is_signed,
    sign,
    sign_return,
    signing_key,
)
from tests.unit.gateways.amazonpay_vectors import (
    ACCESS_KEY,
    CALLS,
    FOREIGN,
    FOREIGN_SIGNATURE,
    RETURNS,
    SAMPLES,
    SECRET,
    SIGNING_KEY,
)

HASHED = {name: (call, digest) for name, (call, digest, _) in CALLS.items() if digest}
SUCCESS, SIGNATURE = RETURNS["a success as the SDK has it"]


@pytest.mark.parametrize(("call", "digest"), [*HASHED.values(), *SAMPLES.values()])
def test_the_canonical_text_is_the_documented_one(call, digest):
    assert hashlib.sha384(canonical(*call).encode()).hexdigest() == digest


@pytest.mark.parametrize(
    ("call", "signature"), [(call, signature) for call, _, signature in CALLS.values()], ids=CALLS
)
def test_a_call_or_an_answer_is_signed_as_the_reference_signs_it(call, signature):
    assert sign(SECRET, call[3]["x-amz-date"], canonical(*call)) == signature


def test_an_unrelated_project_signs_the_same():
    assert sign("SECRET", "20260920T010203Z", canonical(*FOREIGN)) == FOREIGN_SIGNATURE


def test_the_key_is_derived_as_the_reference_derives_it():
    assert signing_key(SECRET, "20260101").hex() == SIGNING_KEY


def test_nulls_are_left_out_and_empty_texts_stay():
    assert pairs({"b": "", "a": None, "c": "x*~ /"}) == "b=&c=x%2A~%20%2F"


def test_a_structure_is_written_as_java_prints_a_map():
    value = {"enabled": True, "off": False, "many": [1, None, "1.50"], "deep": {"a": "b"}}

    assert lexeme(value) == "{enabled=true, off=false, many=[1, null, 1.50], deep={a=b}}"


@pytest.mark.parametrize(("fields", "signature"), RETURNS.values(), ids=RETURNS)
def test_a_return_is_signed_as_the_official_sdk_signs_it(fields, signature):
    assert sign_return(fields, ACCESS_KEY, SECRET) == signature
    assert return_is_signed({**fields, "signature": signature}, ACCESS_KEY, SECRET)


def test_a_return_whose_plus_became_a_space_is_still_signed():
    fields = {**SUCCESS, "signature": SIGNATURE.replace("+", " ")}

    assert "+" in SIGNATURE
    assert return_is_signed(fields, ACCESS_KEY, SECRET)


def test_what_others_added_to_the_address_does_not_break_a_return():
    fields = {**SUCCESS, "signature": SIGNATURE, "utm_source": "mail\ud800"}

    assert return_is_signed(fields, ACCESS_KEY, SECRET)


def test_a_return_signed_by_the_javascript_sdk_leaves_five_characters_as_they_are():
    text = (
        "POST\namazonpay.amazon.in\n/\nAWSAccessKeyId=AKEXAMPLEACCESSKEY00&SignatureMethod="
        "HmacSHA256&SignatureVersion=2&description=it's%20(done)!*&sellerOrderId=PE-1"
    )
    signature = base64.b64encode(hmac.digest(SECRET.encode(), text.encode(), "sha256")).decode()

    fields = {"description": "it's (done)!*", "sellerOrderId": "PE-1", "signature": signature}

    assert return_is_signed(fields, ACCESS_KEY, SECRET)


@pytest.mark.parametrize(
    "change",
    [{"orderTotalAmount": "4.99"}, {"signature": ""}, {"signature": "\ud800"}, {"status": "X"}],
)
def test_a_changed_return_is_not_signed(change):
    assert not return_is_signed({**SUCCESS, "signature": SIGNATURE, **change}, ACCESS_KEY, SECRET)
