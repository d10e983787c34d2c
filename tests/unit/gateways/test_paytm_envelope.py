"""The exact text of a body is found, whatever stands around it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.gateways.paytm.envelope import (
    decode_envelope,
    encode_envelope,
    encode_signed_envelope,
)

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text())
BODIES = st.dictionaries(st.text(), st.one_of(SCALARS, st.lists(SCALARS)))


@pytest.mark.parametrize(
    "raw",
    [
        '{"head":{"a":"1"},"body":{"b": 1.50}}',
        '{"body":{"b": 1.50},"head":{"a":"1"}}',
        ' {\n"head" : {"a":"1"} ,\t"more": [1], "body" :\r\n{"b": 1.50} } ',
    ],
)
def test_the_bodys_text_is_found_in_any_order_and_spacing(raw):
    envelope = decode_envelope(raw.encode())

    assert (envelope.head, envelope.body, envelope.text) == (
        {"a": "1"},
        {"b": "1.50"},
        '{"b": 1.50}',
    )


def test_a_body_that_is_no_object_is_empty_but_has_its_text():
    envelope = decode_envelope(b'{"head":{},"body":[]}')

    assert (envelope.body, envelope.text) == ({}, "[]")


@given(BODIES, st.sampled_from([None, 2]))
def test_whatever_json_stands_there_is_read_back(body, indent):
    text = json.dumps(body, indent=indent)

    assert decode_envelope(f'{{"head":{{}},"body":{text}}}'.encode()).text == text


def test_what_we_send_is_read_back_as_it_was():
    assert decode_envelope(encode_envelope({"a": "1"}, {"b": "é"})).body == {"b": "é"}
    assert (
        "token" in decode_envelope(encode_signed_envelope({}, {}, "unit-test-key-16", "token")).head
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"head":{},"body":{}} x',
        b'{"head":{},"body":{}',
        b'{"head":{},"body":{},}',
        b'{"head" {},"body":{}}',
        b'{"head":{}}',
        b'{"head":[],"body":{}}',
        b'{"head":{},"body":NaN}',
        b'{"head":{},"body":' + b"[" * 100_000,
    ],
)
def test_anything_else_is_a_value_error(raw):
    with pytest.raises(ValueError, match=r"."):
        decode_envelope(raw)
