"""Only allowed fields survive masking, and no card number even in those."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.domain.masking import mask
from tests.unit.domain.test_card_numbers import CARDS


def test_only_scalars_under_an_allowed_key_survive() -> None:
    message = {
        "status": "CHARGED",
        "email": "a@b.in",
        "card": {"status": "ok", "pin": 12},
        "n": None,
    }
    masked = {"status": "CHARGED", "email": "<str,6>", "card": {"status": "ok", "pin": "<int,2>"}}
    assert mask(message, {"status"}) == {**masked, "n": None}


def test_an_allowed_key_allows_no_object_beneath_it() -> None:
    assert mask({"payment": {"vpa": "a@ybl"}}, {"payment"}) == {"payment": {"vpa": "<str,5>"}}


def test_an_allowed_key_allows_the_scalars_of_its_list() -> None:
    message = {"apps": ["gpay", {"vpa": "a@ybl"}], "names": ["Asha", True]}
    masked = {"apps": ["gpay", {"vpa": "<str,5>"}], "names": ["<str,4>", True]}
    assert mask(message, {"apps"}) == masked


def test_a_bare_value_becomes_its_type_and_length() -> None:
    assert mask("not json at all", {"status"}) == "<str,15>"
    assert mask(["x"], {"status"}) == ["<str,1>"]


@pytest.mark.parametrize("number", [4242424242424242, "4242424242424242", "4242 4242 4242 4242"])
def test_a_card_number_does_not_survive_under_an_allowed_key(number: object) -> None:
    assert mask({"message": number}, {"message"}) == {"message": "<card>"}


@pytest.mark.parametrize(
    "disguised", ["4242%204242%204242%204242", "4242\u200b424242424242", "४२४२४२४२४२४२४२४२"]
)
def test_a_card_number_in_disguise_does_not_survive(disguised: str) -> None:
    assert "4242" not in json.dumps(mask({"message": disguised}, {"message"}))


@pytest.mark.parametrize("beside", [10**30, "\ud800", [[["deep"] * 3] * 3]])
def test_a_card_number_does_not_survive_beside_what_is_odd(beside: object) -> None:
    masked = mask({"message": "4242424242424242", "other": beside}, {"message"})

    assert masked["message"] == "<card>"


def test_a_card_number_does_not_survive_as_a_key() -> None:
    assert mask({"4242424242424242": 1}, {"4242424242424242"}) == {"<card>": 1}


def test_an_allowed_number_stays_a_number() -> None:
    assert mask({"amount": 116400, "rate": 0.5}, {"amount", "rate"}) == {
        "amount": 116400,
        "rate": 0.5,
    }


keys = st.sampled_from(["status", "amount", "card", "vpa", "payment", "x"])
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)


def nested(leaf: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
    )


def disallowed(value: object) -> object:
    """The same with every allowed key renamed, so that nothing in it is allowed."""
    if isinstance(value, dict):
        return {f"not_{key}": disallowed(inner) for key, inner in value.items()}
    return [disallowed(item) for item in value] if isinstance(value, list) else value


@given(nested(scalars | st.just("s3cret-Value")).map(disallowed))
def test_a_secret_never_survives_outside_allowed_keys(message: object) -> None:
    assert "s3cret-Value" not in json.dumps(mask(message, {"status", "amount"}))


@given(nested(st.sampled_from([*CARDS, *map(int, CARDS)])))
def test_a_card_number_never_survives_anywhere(message: object) -> None:
    masked = json.dumps(mask(message, {"status", "amount", "card", "payment"}))
    assert not any(number in masked for number in CARDS)


@given(nested(scalars))
def test_masking_keeps_the_shape(message: object) -> None:
    assert _shape(mask(message, {"status", "amount"})) == _shape(message)


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else ()
