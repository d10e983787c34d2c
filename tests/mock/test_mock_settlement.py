"""Settlement files: what moved yesterday less fees, in each gateway's shape, and planted breaks."""

import csv
import io
from datetime import date, datetime
from typing import get_args

import pytest

from payment_engine.mock.discovery import find_imitations
from payment_engine.mock.settlement.breaks import BREAKS
from payment_engine.mock.settlement.files import settlement_file
from payment_engine.mock.settlement.rows import IST, Kind, Row, fee_of

DAY = "2031-06-03"
PLACED = {"freeze": True, "set": "2031-06-02T10:00:00+05:30"}
NB = {"payment_method_type": "NB", "payment_method": "NB_HDFC"}
FILE = f"/settlements/juspay?date={DAY}"


@pytest.fixture
async def settled(start):
    """Three payments and a refund on one day."""
    mock = await start(refund_after=0)
    await mock.control("/clock", PLACED)
    for order_id in ("a", "b", "c"):
        await mock.new_order(order_id)
        await mock.txn(order_id, **NB)
        await mock.control(f"/orders/{order_id}/approve", {})
    await mock.refund("rf1", "c", amount="100")
    return mock


async def file_of(mock, date=DAY):
    return await mock.control(f"/settlements/juspay?date={date}&format=json")


async def plant(mock, **fields):
    body = {"date": DAY, "breaks": [fields]}
    return (await mock.control("/settlements/juspay", body))["planted"][0]


def keys(rows):
    return sorted((row["order_id"], row["kind"], row["paise"]) for row in rows)


async def lines(mock, path=FILE):
    answer = await mock.client.get(f"/control{path}")
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_a_day_is_paid_out_on_the_next_less_fee_and_gst(settled):
    file = await file_of(settled)
    charge = next(row for row in file["rows"] if row["order_id"] == "a")
    assert keys(file["rows"]) == [
        *(("a", "charge", 49950), ("b", "charge", 49950), ("c", "charge", 49950)),
        ("c", "refund", 10000),
    ]
    assert (charge["fee"], charge["gst"], charge["net"]) == (849, 153, 48948)
    assert file["totals"]["net"] == 3 * 48948 - 10000
    assert file["rows"] == file["true"]


async def test_the_next_payout_is_the_one_meant_unless_a_day_is_named(settled):
    assert (await settled.control("/settlements/juspay?format=json"))["date"] == DAY
    assert (await settled.control("/settlements"))["dates"] == {"juspay": [DAY]}
    assert (await file_of(settled, "2031-06-02"))["rows"] == []


@pytest.mark.parametrize(("instrument", "paise", "fee"), [
    ("UPI", 116400, (0, 0)), ("CARD", 116400, (2095, 377)), ("WALLET", 1, (0, 0)),
])  # fmt: skip
def test_fees_are_by_instrument_and_upi_is_free(instrument, paise, fee):
    assert fee_of(instrument, paise) == fee


async def test_juspays_file_has_its_columns_and_adds_up(settled):
    rows = await lines(settled)
    assert len(rows[0]) == 27
    assert {row["Settlement Date"] for row in rows} == {"03/06/2031"}
    assert [row["Settlement Status"] for row in rows] == ["Settled"] * 4
    refund = next(row for row in rows if row["Refund Request Id"])
    assert (refund["Order ID"], refund["Debit"], refund["Credit"]) == ("c", "100.00", "")
    assert len({row["UTR Number"] for row in rows}) == 1


@pytest.mark.parametrize(
    ("gateway", "ref", "net"),
    [
        ("juspay", "UPI Request Id", "Partner Amount"),
        ("paytm", "transactionId", "settledAmount"),
        ("amazonpay", "AmazonTransactionId", "NetTransactionAmount"),
    ],
)
def test_every_gateway_has_a_shape_of_its_own(gateway, ref, net):
    day = date.fromisoformat(DAY)
    known = {"gateway": gateway, "order_id": "a", "at": datetime(2031, 6, 2, 10, tzinfo=IST)}
    known |= {"settled": day, "utr": "MOCKN31154000001"}
    rows = [Row(**known, ref="p1", kind="charge", paise=10000, fee=190, gst=34)]
    rows += [Row(**known, ref="r1", kind=kind, paise=5000) for kind in get_args(Kind)]
    layout = find_imitations()[gateway].settlement
    body = settlement_file(layout, "acme", day, rows).split("\r\n\r\n")[-1]
    read = list(csv.DictReader(io.StringIO(body)))
    assert (read[0][ref], read[0][net], read[2][net]) == ("p1", "97.76", "-50.00")
    assert len(read) == len(rows)
    assert all(None not in row for row in read)


async def test_the_same_file_is_given_every_time(settled):
    first, second = [await settled.client.get(f"/control{FILE}") for _ in range(2)]
    assert first.content == second.content


GONE = {"missing_row", "refund_missing", "late_by_a_cycle", "refund_late"}
MORE = {"unknown_row", "unknown_refund", "duplicate_row", "chargeback", "adjustment"}


@pytest.mark.parametrize("kind", [name for name, each in BREAKS.items() if not each.bank])
async def test_each_break_changes_its_row_and_is_told(settled, kind):
    planted = await plant(settled, kind=kind, paise=500)
    file = await file_of(settled)
    more = (kind in MORE) - (kind in GONE)
    assert file["breaks"] == [planted]
    assert file["rows"] != file["true"]
    assert len(file["rows"]) == len(file["true"]) + more
    assert len(await lines(settled)) == 4 + more


@pytest.mark.parametrize(
    ("kind", "net"),
    [
        ("missing_row", -48948),
        ("amount_differs", 500),
        ("fee_differs", -500),
        ("tax_differs", -500),
        ("duplicate_row", 48948),
        ("sign_flipped", -2 * 49950),
        ("status_differs", -48948),
        ("refund_missing", 10000),
        ("refund_amount_differs", -500),
        ("chargeback", -49950),
        ("adjustment", -500),
        ("unknown_row", 500),
        ("unknown_refund", -500),
        ("late_by_a_cycle", -48948),
    ],
)
async def test_each_break_moves_the_payout_by_so_much(settled, kind, net):
    before = (await file_of(settled))["totals"]["net"]
    await plant(settled, kind=kind, paise=500)
    assert (await file_of(settled))["totals"]["net"] - before == net


async def test_a_late_row_comes_in_a_later_file(settled):
    planted = await plant(settled, kind="late_by_a_cycle", order_id="b", days=9)
    late = await file_of(settled, "2031-06-12")
    assert planted["order_id"] == "b"
    assert keys((await file_of(settled))["rows"]) == [
        *(("a", "charge", 49950), ("c", "charge", 49950), ("c", "refund", 10000)),
    ]
    assert keys(late["rows"]) == [("b", "charge", 49950)]


async def test_the_bank_credits_each_payout_by_its_utr(settled):
    (row,) = await lines(settled, f"/bank?date={DAY}")
    file = await file_of(settled)
    assert row["UTR"] == file["rows"][0]["utr"]
    assert row["Credit"] == "1368.44"
    assert file["totals"]["net"] == 136844


@pytest.mark.parametrize(
    ("kind", "credits"),
    [
        ("bank_short", ["1363.44"]),
        ("bank_over", ["1373.44"]),
        ("bank_unidentified", ["1368.44", "5.00"]),
        ("bank_missing", []),
    ],
)
async def test_the_bank_can_be_wrong_while_the_file_is_right(settled, kind, credits):
    await plant(settled, kind=kind, paise=500)
    file = await file_of(settled)
    rows = await lines(settled, f"/bank?date={DAY}")
    assert file["rows"] == file["true"]
    assert [row["Credit"] for row in rows] == credits


async def test_breaks_take_different_rows_until_none_is_left(settled):
    orders = {(await plant(settled, kind="missing_row"))["order_id"] for _ in range(3)}
    full = {"date": DAY, "breaks": [{"kind": "missing_row"}]}
    answer = await settled.client.post("/control/settlements/juspay", json=full)
    assert orders == {"a", "b", "c"}
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("juspay", {}, 400),
        ("juspay", {"breaks": [{"kind": "explode"}]}, 400),
        ("juspay", {"breaks": [{"kind": "missing_row"}], "date": "soon"}, 400),
        ("juspay", {"breaks": [{"kind": "adjustment"}, {"kind": "missing_row"}]}, 400),
        ("stripe", {"breaks": [{"kind": "adjustment"}]}, 404),
    ],
)
async def test_what_cannot_be_planted_leaves_nothing_behind(mock, path, body, status):
    answer = await mock.client.post(f"/control/settlements/{path}", json=body)
    assert answer.status_code == status
    assert (await mock.control("/settlements"))["planted"] == []


async def test_dropped_breaks_let_the_file_be_right_again(settled):
    await plant(settled, kind="missing_row")
    await settled.client.delete("/control/settlements/juspay")
    file = await file_of(settled)
    assert (file["breaks"], file["rows"]) == ([], file["true"])
