"""The checksum is Paytm's: vectors of its libraries, and its Python library both ways."""

import paytmchecksum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.mock.paytm.signing import form_text, sign, signed_form, verify
from tests.mock.paytm.paytm_vectors import C1, DRAWN, FIXED, JOINED, K16, K24, K32, SALT, SMALL

SALTS = st.text("abcXYZ0189", min_size=4, max_size=4)
KEYS = st.sampled_from([K16, K24, K32])


@pytest.mark.parametrize(("name", "key", "text", "signature"), FIXED)
def test_a_chosen_salt_gives_the_known_signature(name, key, text, signature):
    assert sign(text, key, SALT) == signature


@pytest.mark.parametrize(("name", "key", "text", "signature"), FIXED)
def test_a_known_signature_is_valid_only_for_its_text(name, key, text, signature):
    assert verify(text, key, signature)
    assert not verify(text + " ", key, signature)


@pytest.mark.parametrize(("maker", "signature"), DRAWN)
def test_every_librarys_salt_is_accepted(maker, signature):
    assert verify(SMALL, K16, signature)


@pytest.mark.parametrize(("fields", "text"), JOINED)
def test_a_form_is_signed_by_its_values_in_the_order_of_their_names(fields, text):
    assert form_text(fields) == text


def test_the_checksum_itself_is_not_part_of_what_it_signs():
    assert form_text(signed_form(C1, K16, SALT)) == form_text(C1)


@given(text=st.text(), key=KEYS, salt=SALTS)
def test_paytms_library_accepts_our_signatures(text, key, salt):
    if "CHECKSUMHASH" not in text:
        assert paytmchecksum.verifySignature(text, key, sign(text, key, salt))


@given(text=st.text(), key=KEYS)
def test_its_signatures_are_accepted(text, key):
    assert verify(text, key, paytmchecksum.generateSignature(text, key))


@given(fields=st.dictionaries(st.text("ABab01_", min_size=1), st.text()), key=KEYS)
def test_forms_are_signed_alike(fields, key):
    assert verify(form_text(fields), key, paytmchecksum.generateSignature(dict(fields), key))


@pytest.mark.parametrize("signature", [None, "", "x", "AAAA", "é", 5, FIXED[0][3][:-4], "A" * 108])
def test_a_malformed_signature_is_refused(signature):
    assert not verify(SMALL, K16, signature)


def test_another_key_is_refused():
    assert not verify(SMALL, "pe-test-key-0017", FIXED[0][3])
