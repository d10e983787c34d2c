"""Breaks in settlement files: every difference that a reconciliation must find, on request."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from payment_engine.mock.imitation import Impossible
from payment_engine.mock.settlement.rows import CYCLE, IST, Key, Kind, Row, true_rows, utr_of
from payment_engine.mock.world import World

_PAISE = 100
_MOST_PAISE = 10**12
_MOST_DAYS = 60


@dataclass(frozen=True)
class Break:
    """One way in which a file, or the bank, can be wrong."""

    explanation: str
    of: str = ""
    """The kind of row that it changes; empty for one that adds a row of its own."""
    bank: bool = False
    """Whether the bank is wrong rather than the file."""


BREAKS: Mapping[str, Break] = {
    "missing_row": Break("A payment is not in the file.", "charge"),
    "unknown_row": Break("The file has a payment that was never made."),
    "amount_differs": Break("A payment's amount differs by `paise`.", "charge"),
    "status_differs": Break("A payment is in the file as not settled yet.", "charge"),
    "duplicate_row": Break("A payment is in the file twice.", "charge"),
    "fee_differs": Break("A payment's fee is higher by `paise`.", "charge"),
    "tax_differs": Break("A payment's GST is higher by `paise`.", "charge"),
    "sign_flipped": Break("A payment is in the file as a debit.", "charge"),
    "late_by_a_cycle": Break("A payment is in the file of `days` (1) later.", "charge"),
    "refund_missing": Break("A refund is not in the file.", "refund"),
    "refund_amount_differs": Break("A refund's amount differs by `paise`.", "refund"),
    "refund_late": Break("A refund is in the file of `days` (1) later.", "refund"),
    "unknown_refund": Break("The file has a refund that was never requested."),
    "chargeback": Break("A payment is in the file, and charged back.", "charge"),
    "adjustment": Break("The gateway withholds `paise` as a reserve."),
    "bank_short": Break("The bank credits `paise` less than the file says.", bank=True),
    "bank_over": Break("The bank credits `paise` more than the file says.", bank=True),
    "bank_unidentified": Break("The bank credits `paise` that no file explains.", bank=True),
    "bank_missing": Break("The bank never credits the batch.", bank=True),
}
_REMOVES = frozenset({"missing_row", "refund_missing", "late_by_a_cycle", "refund_late"})
_LATE = frozenset({"late_by_a_cycle", "refund_late"})
_ADDS: Mapping[str, Kind] = {
    "unknown_row": "charge",
    "unknown_refund": "refund",
    "adjustment": "adjustment",
}


@dataclass(frozen=True)
class PlantedBreak:
    """A break in the file of one day."""

    id: str
    gateway: str
    day: date
    kind: str
    order_id: str
    ref: str
    paise: int
    days: int = 0
    key: Key | None = field(default=None, repr=False)
    """Of the row that it changes."""

    def as_json(self) -> dict[str, Any]:
        """As the control API shows it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "date": self.day.isoformat(),
            "gateway": self.gateway,
            "order_id": self.order_id,
            "ref": self.ref,
            "paise": self.paise,
            "days": self.days,
        }


class SettlementFaults:
    """The planted breaks of all gateways and days, ``limit`` at the most."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._number = 0
        self.planted: list[PlantedBreak] = []

    def of(self, gateway: str, day: date) -> list[PlantedBreak]:
        """Those of one file."""
        return [each for each in self.planted if (each.gateway, each.day) == (gateway, day)]

    def clear(self, gateway: str, day: date | None) -> None:
        """Drop the breaks of a gateway, of one day if named."""
        self.planted = [
            each for each in self.planted if each.gateway != gateway or day not in (None, each.day)
        ]

    def plant(self, world: World, gateway: str, day: date, request: Any) -> PlantedBreak:
        """Plant ``{"kind", "order_id", "ref", "paise", "days"}``. Raises Impossible."""
        if not isinstance(request, dict) or request.get("kind") not in BREAKS:
            raise Impossible(f"the kind of a break is one of {', '.join(BREAKS)}")
        if len(self.planted) >= self._limit:
            raise Impossible(f"{self._limit} breaks are planted already; drop some")
        self._number += 1
        kind = request["kind"]
        row = self._target(world, gateway, day, request) if BREAKS[kind].of else None
        order_id, ref = (row.order_id, row.ref) if row else self._unknown(world, gateway, day, kind)
        planted = PlantedBreak(
            id=f"b{self._number}",
            gateway=gateway,
            day=day,
            kind=kind,
            order_id=order_id,
            ref=ref,
            paise=_whole_number(request, "paise", _PAISE, _MOST_PAISE),
            days=_whole_number(request, "days", 1, _MOST_DAYS) if kind in _LATE else 0,
            key=row.key if row else None,
        )
        self.planted.append(planted)
        return planted

    def _unknown(self, world: World, gateway: str, day: date, kind: str) -> tuple[str, str]:
        """Order id and reference of a row that never was; empty for what belongs to no order."""
        if not kind.startswith("unknown"):
            return "", ""
        generator = world.random.fixed("break", gateway, day.isoformat(), str(self._number))
        order_id = f"unknown{generator.randrange(10**8):08}"
        return order_id, f"{order_id}-1"

    def _target(self, world: World, gateway: str, day: date, request: dict[str, Any]) -> Row:
        """The row named, or any; no row has two breaks. Raises Impossible."""
        broken = {each.key for each in self.of(gateway, day)}
        filters = {name: request.get(name) for name in ("order_id", "ref")}
        rows = [
            row
            for row in true_rows(world, gateway, day)
            if row.kind == BREAKS[request["kind"]].of
            and row.key not in broken
            and all(value in (None, getattr(row, name)) for name, value in filters.items())
        ]
        if not rows:
            raise Impossible(f"no row of {day} is left that could have {request['kind']}")
        generator = world.random.fixed("target", gateway, day.isoformat(), str(self._number))
        return generator.choice(rows)


def rows_with_breaks(world: World, faults: SettlementFaults, gateway: str, day: date) -> list[Row]:
    """The rows of a gateway's file of a day: the true ones, changed by the planted breaks."""
    by_key = {each.key: each for each in faults.of(gateway, day) if each.key}
    rows = [
        changed
        for row in true_rows(world, gateway, day)
        for changed in (_changed(row, by_key[row.key]) if row.key in by_key else [row])
    ]
    added = [_added(world, each) for each in faults.of(gateway, day) if each.kind in _ADDS]
    late = _late(world, [each for each in faults.planted if each.gateway == gateway], day)
    return [*rows, *added, *late]


def _changed(row: Row, planted: PlantedBreak) -> Iterable[Row]:
    difference = planted.paise
    match planted.kind:
        case kind if kind in _REMOVES:
            return []
        case "amount_differs" | "refund_amount_differs":
            return [replace(row, paise=row.paise + difference)]
        case "status_differs":
            return [replace(row, status="pending")]
        case "duplicate_row":
            return [row, row]
        case "fee_differs":
            return [replace(row, fee=row.fee + difference)]
        case "tax_differs":
            return [replace(row, gst=row.gst + difference)]
        case "sign_flipped":
            return [replace(row, sign=-1)]
        case _:
            return [row, replace(row, kind="chargeback", fee=0, gst=0)]


def _added(world: World, planted: PlantedBreak) -> Row:
    """A row for which no money moved."""
    noon = world.clock.now().astimezone(IST).replace(hour=12, minute=0, second=0, microsecond=0)
    moved = planted.day - CYCLE
    return Row(
        gateway=planted.gateway,
        order_id=planted.order_id,
        ref=planted.ref,
        kind=_ADDS[planted.kind],
        paise=planted.paise,
        at=noon.replace(year=moved.year, month=moved.month, day=moved.day),
        settled=planted.day,
        utr=utr_of(world.random, planted.gateway, planted.day),
    )


def _late(world: World, planted: Iterable[PlantedBreak], day: date) -> Iterator[Row]:
    """Rows of earlier files that are in this one."""
    for each in planted:
        if each.kind in _LATE and each.day + timedelta(days=each.days) == day:
            utr = utr_of(world.random, each.gateway, day)
            rows = true_rows(world, each.gateway, each.day)
            yield from (replace(r, settled=day, utr=utr) for r in rows if r.key == each.key)


def _whole_number(request: dict[str, Any], name: str, default: int, most: int) -> int:
    number = request.get(name, default)
    if type(number) is not int or not 1 <= number <= most:
        raise Impossible(f"{name} is a whole number from 1")
    return number
