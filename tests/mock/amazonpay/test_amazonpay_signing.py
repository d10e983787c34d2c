"""The mock's signatures against those of others."""

from hashlib import sha384

import pytest

from payment_engine.mock.amazonpay.signing import (
    Message,
    canonical_pairs,
    sign_return,
    signed_return_url,
    signing_key,
    text_of,
)
from tests.mock.amazonpay.amazonpay_vectors import (
    ACCESS_KEY,
    FOREIGN,
    FOREIGN_SIGNATURE,
    HASHED,
    RETURNS,
    SAMPLES,
    SECRET,
    SIGNED,
    V1,
)


@pytest.mark.parametrize("name", SIGNED)
def test_a_reference_signature_is_reproduced(name):
    message, signature = SIGNED[name]
    assert message.sign(SECRET) == signature


@pytest.mark.parametrize("name", HASHED)
def test_a_reference_canonical_text_is_reproduced(name):
    message, digest = HASHED[name]
    assert sha384(message.canonical.encode()).hexdigest() == digest


@pytest.mark.parametrize("name", SAMPLES)
def test_amazons_canonical_samples_are_reproduced(name):
    message, digest = SAMPLES[name]
    assert sha384(message.canonical.encode()).hexdigest() == digest


def test_an_unrelated_projects_signature_is_reproduced():
    assert FOREIGN.sign("SECRET") == FOREIGN_SIGNATURE


def test_the_key_of_a_day_is_derived():
    key = signing_key(SECRET, "20260101")
    expected = (
        "4c04229589128b04ebe2e3501a4f687f7ac9193e34a1185d"
        "9235bf8406a9dcb263c68086450d24539f08af321e9d4e17"
    )
    assert key.hex() == expected


def test_a_changed_amount_changes_the_signature():
    body = {**V1.body, "amount": "4.99"}
    changed = Message(method="POST", host=V1.host, path=V1.path, headers=V1.headers, body=body)
    assert changed.sign(SECRET) != V1.sign(SECRET)


def test_values_are_encoded_but_for_unreserved_characters():
    assert canonical_pairs({"b": "\u20b9 *~'()!", "a": ""}) == "a=&b=%E2%82%B9%20%2A~%27%28%29%21"


def test_nulls_are_omitted_and_numbers_keep_their_text():
    assert canonical_pairs({"c": None, "a": "100.00", "b": True}) == "a=100.00&b=true"


def test_nested_values_are_printed_as_java_prints_maps():
    assert text_of({"b": {"x": "1", "y": None}, "a": ["p", False]}) == (
        "{b={x=1, y=null}, a=[p, false]}"
    )


@pytest.mark.parametrize("name", RETURNS)
def test_a_return_is_signed_as_the_reference_signs_it(name):
    params, signature = RETURNS[name]
    assert sign_return(params, ACCESS_KEY, SECRET) == signature


def test_the_callback_url_keeps_its_query():
    url = signed_return_url(
        "https://shop.example/back?keep=1", {"status": "SUCCESS"}, ("AK", "secret")
    )
    assert url.startswith("https://shop.example/back?keep=1&status=SUCCESS&signature=")
