"""The rows of a settlement: what moved on a day, less fees and tax, paid out on the next day."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal

from payment_engine.mock.ledger import Movement
from payment_engine.mock.seeded_random import SeededRandom
from payment_engine.mock.world import World

IST = timezone(timedelta(hours=5, minutes=30))
CYCLE = timedelta(days=1)
"""Movements are paid out on the next day; weekends and holidays are days like others."""
RATES: Mapping[str, int] = {"UPI": 0, "CARD": 180, "NB": 170, "WALLET": 190}
"""Fees by instrument, in hundredths of a percent; GST of 18 % is added."""
_GST = 18
_DEBITS = frozenset({"refund", "chargeback", "adjustment"})
Kind = Literal["charge", "refund", "bounce", "chargeback", "adjustment"]
Key = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a settlement; amounts in paise."""

    gateway: str
    order_id: str
    ref: str
    """The gateway's id of the payment, or the merchant's of the refund."""
    kind: Kind
    paise: int
    fee: int = 0
    gst: int = 0
    at: datetime
    settled: date
    utr: str
    instrument: str = ""
    bank_ref: str = ""
    status: str = "settled"
    """``settled``, or ``pending`` by a planted break."""
    sign: int = 1
    """-1 if the file confuses credit and debit."""

    @property
    def key(self) -> Key:
        """What identifies it within its day."""
        return self.order_id, self.kind, self.ref

    @property
    def credit(self) -> bool:
        """Whether the file has it as a credit to the merchant."""
        return (self.kind not in _DEBITS) == (self.sign > 0)

    @property
    def net(self) -> int:
        """What it adds to the payout; fees are deducted in both directions."""
        return (self.paise if self.credit else -self.paise) - self.fee - self.gst

    def as_json(self) -> dict[str, Any]:
        """All fields; times and dates as ISO 8601."""
        return asdict(self) | {
            "at": self.at.isoformat(),
            "settled": self.settled.isoformat(),
            "net": self.net,
            "credit": self.credit,
        }


def true_rows(world: World, gateway: str, day: date) -> list[Row]:
    """What is truly paid out on a day, in the order of the movements."""
    utr = utr_of(world.random, gateway, day)
    moved = _moved_on(world, gateway, day - CYCLE)
    rows = [_row(each, day, utr) for each in moved]
    return sorted(rows, key=lambda row: (row.at, row.key))


def utr_of(random: SeededRandom, gateway: str, day: date) -> str:
    """The bank's reference of a payout: bank, N for NEFT, year and day, and a running number."""
    number = random.fixed("utr", gateway, day.isoformat()).randrange(10**6)
    return f"MOCKN{day:%y%j}{number:06}"


def next_payout(world: World) -> date:
    """The day on which what moves now is paid out."""
    return world.clock.now().astimezone(IST).date() + CYCLE


def payouts(world: World, gateway: str) -> list[date]:
    """Every day of a payout."""
    moved = world.ledger.movements(gateway)
    return sorted({each.at.astimezone(IST).date() + CYCLE for each in moved})


def fee_of(instrument: str, paise: int) -> tuple[int, int]:
    """Fee and GST of a payment, each rounded to the paisa."""
    fee = (paise * RATES.get(instrument, RATES["CARD"]) + 5_000) // 10_000
    return fee, (fee * _GST + 50) // 100


def _moved_on(world: World, gateway: str, day: date) -> Iterator[Movement]:
    for movement in world.ledger.movements(gateway):
        if movement.at.astimezone(IST).date() == day:
            yield movement


def _row(movement: Movement, day: date, utr: str) -> Row:
    is_charge = movement.kind == "charge"
    fee, gst = fee_of(movement.instrument, movement.paise) if is_charge else (0, 0)
    return Row(
        gateway=movement.gateway,
        order_id=movement.order_id,
        ref=movement.ref,
        kind=movement.kind,
        paise=movement.paise,
        fee=fee,
        gst=gst,
        at=movement.at.astimezone(IST),
        settled=day,
        utr=utr,
        instrument=movement.instrument,
        bank_ref=movement.bank_ref,
    )
