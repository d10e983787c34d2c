"""What gateways send is read field by field: an odd value hides nothing else."""

import pytest
from pydantic import Field

from payment_engine.domain.gateway import Unknown
from payment_engine.gateways.reading import (
    Amount,
    Flag,
    Message,
    PaiseAmount,
    Part,
    Parts,
    Rupees,
    Secret,
    Text,
    Texts,
    WholePaise,
    moment,
)


class Refund(Message):
    ref: Text = None


class Order(Message):
    status: Text = None
    amount: Amount = Rupees()
    fee: PaiseAmount = WholePaise()
    saved: Flag = None
    payer: Secret = None
    page: Texts = Field(default_factory=dict)
    refund: Part[Refund] = Refund()
    refunds: Parts[Refund] = ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("PAID", "PAID"),
        (7, "7"),
        (True, "True"),
        ("\ud800", "\ud800"),
        ("", None),
        (None, None),
        ([], None),
        ({"a": 1}, None),
    ],
)
def test_a_scalar_is_text_and_anything_else_is_absent(written, read):
    assert Order.read({"status": written}).status == read


@pytest.mark.parametrize(
    ("written", "read"),
    [(True, True), ("TRUE", True), (1, True), (False, False), ("0", False), ("yes", None)],
)
def test_a_flag_is_read_however_it_is_written(written, read):
    assert Order.read({"saved": written}).saved is read


def test_a_secret_is_not_printed():
    order = Order.read({"payer": "asha@okaxis"})

    assert "asha" not in repr(order)
    assert order.payer.get_secret_value() == "asha@okaxis"
    assert Order.read({"payer": ""}).payer is None


@pytest.mark.parametrize(("written", "paise"), [(12, 1200), ("1.5", 150), ("", None), (None, None)])
def test_an_amount_is_paise(written, paise):
    assert Order.read({"amount": written}).amount.paise == paise


@pytest.mark.parametrize("written", [{}, True, "1e3", "NaN"])
def test_an_amount_that_makes_no_sense_is_unknown_once_it_is_needed(written):
    order = Order.read({"status": "PAID", "amount": written})

    assert order.status == "PAID"
    with pytest.raises(Unknown):
        _ = order.amount.paise


@pytest.mark.parametrize(("written", "paise"), [(0, 0), ("116400", 116400), ("", None)])
def test_an_amount_in_paise_is_a_whole_number(written, paise):
    assert Order.read({"fee": written}).fee.paise == paise


@pytest.mark.parametrize("written", [True, "1.5", -1, "١٢", {}, 10**30])
def test_an_amount_in_paise_that_makes_no_sense_is_unknown_once_it_is_needed(written):
    order = Order.read({"fee": written})

    with pytest.raises(Unknown):
        _ = order.fee.paise


def test_messages_within_messages_are_read_where_they_are_objects():
    order = Order.read({"refund": {"ref": 1}, "refunds": [{"ref": "a"}, 3, None, {"ref": "b"}]})

    assert order.refund.ref == "1"
    assert [each.ref for each in order.refunds] == ["a", "b"]
    assert Order.read({"refund": [], "refunds": {}}) == Order.read({"page": 5})


def test_fields_of_any_name_are_text():
    page = Order.read({"page": {"MD": "x", "n": 1, "blank": "", "gone": None, "odd": []}}).page

    assert page == {"MD": "x", "n": "1", "blank": ""}


@pytest.mark.parametrize("content", [None, [], "text", 5])
def test_what_is_no_object_is_no_message(content):
    with pytest.raises(Unknown):
        Order.read(content)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("1970-01-01T00:00:07Z", 7), ("1970-01-01T05:30:07+05:30", 7)],
)
def test_a_time_with_its_offset_is_a_moment(written, seconds):
    assert moment(written).timestamp() == seconds


@pytest.mark.parametrize("written", [None, "", "today", "1970-01-01T00:00:07"])
def test_anything_else_is_no_moment(written):
    assert moment(written) is None
