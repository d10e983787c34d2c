"""A sealed value opens with our root secret and for its own row only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.encryption import BadSeal, Sealer

OLD, NEW = "the-root-before-the-rotation-0001", "the-root-after-the-rotation-00002"
sealer = Sealer(NEW)


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_a_sealed_value_opens_unchanged(plain: bytes, row: str) -> None:
    assert sealer.open(sealer.seal(plain, row), row) == plain


def test_a_sealed_value_shows_nothing_and_is_never_the_same_twice() -> None:
    sealed = sealer.seal(b"9876543210", "pay_1")
    assert b"9876543210" not in sealed
    assert sealer.seal(b"9876543210", "pay_1") != sealed


def test_a_value_sealed_for_one_row_does_not_open_for_another() -> None:
    with pytest.raises(BadSeal):
        sealer.open(sealer.seal(b"asha@ybl", "pay_1"), "pay_2")


@given(st.data())
def test_a_sealed_value_changed_in_any_bit_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(sealer.seal(b"asha@ybl", "pay_1"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadSeal):
        sealer.open(bytes(sealed), "pay_1")


def test_a_sealed_value_cut_short_anywhere_does_not_open() -> None:
    sealed = sealer.seal(b"asha@ybl", "pay_1")
    for length in range(len(sealed)):
        with pytest.raises(BadSeal):
            sealer.open(sealed[:length], "pay_1")


def test_another_root_secret_opens_nothing() -> None:
    with pytest.raises(BadSeal):
        Sealer(OLD).open(sealer.seal(b"x", "pay_1"), "pay_1")


def test_the_error_names_the_row_but_no_content() -> None:
    with pytest.raises(BadSeal, match="pay_2") as caught:
        sealer.open(sealer.seal(b"asha@ybl", "pay_1"), "pay_2")
    assert caught.value.__cause__ is None


def test_a_previous_root_secret_still_opens() -> None:
    sealed = Sealer(OLD).seal(b"asha@ybl", "pay_1")
    assert Sealer(NEW, OLD).open(sealed, "pay_1") == b"asha@ybl"


def test_a_previous_root_secret_no_longer_seals() -> None:
    sealed = Sealer(NEW, OLD).seal(b"asha@ybl", "pay_1")
    assert Sealer(NEW).open(sealed, "pay_1") == b"asha@ybl"
    with pytest.raises(BadSeal):
        Sealer(OLD).open(sealed, "pay_1")


def test_a_removed_root_secret_opens_nothing() -> None:
    with pytest.raises(BadSeal):
        Sealer(NEW).open(Sealer(OLD).seal(b"x", "pay_1"), "pay_1")


def test_every_purpose_has_a_stable_key_of_its_own() -> None:
    keys = [sealer.derive(purpose) for purpose in ("checkout", "notify:mer_1", "notify:mer_2")]
    assert [len(key) for key in keys] == [32, 32, 32]
    assert len(set(keys)) == 3
    assert Sealer(NEW).derive("checkout") == keys[0]


def test_a_derived_key_is_the_same_in_every_release() -> None:
    assert Sealer("r" * 32).derive("checkout").hex() == (
        "8d7cbf751a32285ae5743bc4c2c251116eb0f52fea4c8929d67ff64b57362d38"
    )


def test_the_previous_root_secret_still_derives_its_keys() -> None:
    both = [Sealer(NEW).derive("checkout"), Sealer(OLD).derive("checkout")]
    assert Sealer(NEW, OLD).derive_all("checkout") == both
    assert sealer.derive_all("checkout") == both[:1]
