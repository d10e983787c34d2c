"""Paytm's checksum against vectors of its own packages; bad input is False, never an exception."""

import paytmchecksum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.gateways.paytm.signature import FIELD, form_is_signed, sign, text_is_signed
from tests.mock.paytm.paytm_vectors import C1, C2, C3, DRAWN, FIXED, K16, K24, K32, SMALL

V = {name: signature for name, _, _, signature in FIXED}
NODES_NULL = "NULL|null||TESTMI00000000000001|ORDER_0001||TXN_FAILURE"


@pytest.mark.parametrize(("name", "key", "text", "signature"), FIXED)
def test_a_known_signature_is_good_for_its_text_and_key_alone(name, key, text, signature):
    assert text_is_signed(text, [key], signature)
    assert not text_is_signed(text + " ", [key], signature)
    assert not text_is_signed(text, ["another-key-0016"], signature)


@pytest.mark.parametrize(("maker", "signature"), DRAWN)
def test_every_official_packages_salt_is_understood(maker, signature):
    assert text_is_signed(SMALL, [K16], signature)


@given(st.text(), st.sampled_from([K16, K24, K32]))
def test_what_we_sign_paytms_package_verifies(text, key):
    assert paytmchecksum.verifySignature(text, key, sign(text, key)) is True


@given(
    st.one_of(
        st.none(), st.integers(), st.binary(), st.text(), st.from_regex(r"[A-Za-z0-9+/]{108}")
    )
)
def test_garbage_in_place_of_a_checksum_is_false(checksum):
    assert text_is_signed(SMALL, [K16], checksum) is False


def test_a_text_that_cannot_be_encoded_is_not_signed():
    assert text_is_signed("\ud800", [K16], V["V1"]) is False


def test_a_text_that_names_the_checksum_field_is_signed_like_any_other():
    text = f'{{"{FIELD}":"x"}}'

    assert text_is_signed(text, [K16], sign(text, K16))


def test_an_old_key_verifies_while_a_new_one_replaces_it():
    assert text_is_signed(SMALL, ["the-new-key-0016", K16], V["V1"])


@pytest.mark.parametrize(("fields", "vector"), [(C1, "V3"), (C2, "V4"), (C3, "V5")])
def test_a_form_is_signed_over_its_values_by_name(fields, vector):
    given = {**fields, FIELD: V[vector]}

    assert form_is_signed(given, [K16])
    assert given == {**fields, FIELD: V[vector]}
    assert not form_is_signed({**given, "MORE": "x"}, [K16])


def test_null_as_text_verifies_by_either_reading_of_paytms_packages():
    signed = {**C2, FIELD: sign(NODES_NULL, K16)}

    assert form_is_signed(signed, [K16])
    assert form_is_signed({**C2, FIELD: V["V4"]}, [K16])


def test_a_checksum_whose_plus_became_a_space_still_verifies():
    assert "+" in V["V3"]
    assert form_is_signed({**C1, FIELD: V["V3"].replace("+", " ")}, [K16])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"A": "x"},
        {"A": "x", FIELD: ""},
        {"A": "x", FIELD: 7},
        {"A": 1, FIELD: V["V1"]},
        {"A": ["x"], FIELD: V["V1"]},
        {"A": "x|y", "B": "z", FIELD: V["V10"]},
        {"A": "x", "B": "y|z", FIELD: V["V10"]},
    ],
)
def test_a_form_with_anything_amiss_is_not_signed(fields):
    assert form_is_signed(fields, [K16]) is False
