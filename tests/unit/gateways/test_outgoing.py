"""Texts in addresses and forms are escaped as urllib escapes them."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.gateways.outgoing import escaped, form_encoded

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXTS, TEXTS))
def test_a_form_is_encoded_as_urllib_does_it(form):
    assert form_encoded(form) == urlencode(form).encode()


@given(TEXTS)
def test_a_segment_of_an_address_is_escaped_as_urllib_does_it(text):
    assert escaped(text) == quote(text, safe="")


@pytest.mark.parametrize("text", ["", "a.b-c_d~9", "a b&c=d+e/f", "₹ 1,164", "a\n", "%41"])
def test_what_stands_for_itself_and_what_does_not(text):
    assert (escaped(text), form_encoded({text: text})) == (
        quote(text, safe=""),
        urlencode({text: text}).encode(),
    )


def test_an_unpaired_surrogate_cannot_be_written():
    with pytest.raises(UnicodeEncodeError):
        escaped("\ud800")
    with pytest.raises(UnicodeEncodeError):
        form_encoded({"name": "\ud800"})
