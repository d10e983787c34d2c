"""Mistakes in settlement files, planted on request: every class of break of REC-4."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from payment_engine.mock.imitation import Impossible
from payment_engine.mock.settlement.rows import CYCLE, IST, Key, Row, true_rows, utr_of
from payment_engine.mock.world import World

_PAISE = 100
_LONGEST = 60


@dataclass(frozen=True)
class Break:
    """A way to be wrong."""

    words: str
    of: str = ""
    """The kind of row that it spoils; empty for one that adds something of its own."""
    bank: bool = False
    """Whether the bank is wrong rather than the file."""


BREAKS: Mapping[str, Break] = {
    "missing_row": Break("A payment is not in the file.", "charge"),
    "unknown_row": Break("A payment is in the file that nobody knows."),
    "amount_differs": Break("A payment's amount is another by `paise`.", "charge"),
    "status_differs": Break("A payment is in the file as not settled yet.", "charge"),
    "duplicate_row": Break("A payment is in the file twice.", "charge"),
    "fee_differs": Break("A payment's fee is higher by `paise`.", "charge"),
    "tax_differs": Break("A payment's GST is higher by `paise`.", "charge"),
    "sign_flipped": Break("A payment is in the file as a debit.", "charge"),
    "late_by_a_cycle": Break("A payment is in the file of `days` later; 1.", "charge"),
    "refund_missing": Break("A refund is not in the file.", "refund"),
    "refund_amount_differs": Break("A refund's amount is another by `paise`.", "refund"),
    "refund_late": Break("A refund is in the file of `days` later; 1.", "refund"),
    "unknown_refund": Break("A refund is in the file that nobody asked for."),
    "chargeback": Break("A payment is in the file, and taken back by the bank.", "charge"),
    "adjustment": Break("The gateway keeps `paise` back as a reserve."),
    "bank_short": Break("The bank credits `paise` less than the file says.", bank=True),
    "bank_over": Break("The bank credits `paise` more than the file says.", bank=True),
    "bank_unidentified": Break("The bank credits `paise` that no file explains.", bank=True),
    "bank_missing": Break("The bank never credits the batch.", bank=True),
}
_GONE = frozenset({"missing_row", "refund_missing", "late_by_a_cycle", "refund_late"})
_LATE = frozenset({"late_by_a_cycle", "refund_late"})


@dataclass(frozen=True)
class Planted:
    """A mistake in one day's file."""

    id: str
    gateway: str
    day: date
    kind: str
    order_id: str
    ref: str
    paise: int
    days: int = 0
    key: Key | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """What was planted where."""
        told = {"id": self.id, "kind": self.kind, "date": self.day.isoformat()}
        return told | {
            "gateway": self.gateway,
            "order_id": self.order_id,
            "ref": self.ref,
            "paise": self.paise,
            "days": self.days,
        }


class Garden:
    """The planted mistakes of all gateways and days; not more than so many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._number = 0
        self.planted: list[Planted] = []

    def of(self, gateway: str, day: date) -> list[Planted]:
        """Those in one file."""
        return [each for each in self.planted if (each.gateway, each.day) == (gateway, day)]

    def clear(self, gateway: str, day: date | None) -> None:
        """Let a gateway's files be right again; of one day if named."""
        self.planted = [
            each for each in self.planted if each.gateway != gateway or day not in (None, each.day)
        ]

    def plant(self, world: World, gateway: str, day: date, asked: Any) -> Planted:
        """Plant ``{"kind", "order_id", "ref", "paise", "days"}``. Raises Impossible."""
        if not isinstance(asked, dict) or asked.get("kind") not in BREAKS:
            raise Impossible(f"a break's kind is one of {', '.join(BREAKS)}")
        if len(self.planted) >= self._limit:
            raise Impossible(f"{self._limit} breaks are planted already; drop some")
        self._number += 1
        kind, number = asked["kind"], self._number
        row = self._target(world, gateway, day, asked) if BREAKS[kind].of else None
        made_up = world.chance.fixed("break", gateway, day.isoformat(), str(number))
        unknown = f"unknown{made_up.randrange(10**8):08}"
        planted = Planted(
            id=f"b{number}",
            gateway=gateway,
            day=day,
            kind=kind,
            order_id=row.order_id if row else unknown if kind.startswith("unknown") else "",
            ref=row.ref if row else f"{unknown}-1" if kind.startswith("unknown") else "",
            paise=_whole(asked, "paise", _PAISE, 10**12),
            days=_whole(asked, "days", 1, _LONGEST) if kind in _LATE else 0,
            key=row.key if row else None,
        )
        self.planted.append(planted)
        return planted

    def _target(self, world: World, gateway: str, day: date, asked: dict[str, Any]) -> Row:
        """A row that is not spoiled yet: the one named, or any."""
        spoiled = {each.key for each in self.of(gateway, day)}
        wanted = {name: asked.get(name) for name in ("order_id", "ref")}
        rows = [
            row
            for row in true_rows(world, gateway, day)
            if row.kind == BREAKS[asked["kind"]].of
            and row.key not in spoiled
            and all(value in (None, getattr(row, name)) for name, value in wanted.items())
        ]
        if not rows:
            raise Impossible(f"no row of {day} is left that could have {asked['kind']}")
        return world.chance.fixed("target", gateway, day.isoformat(), str(self._number)).choice(
            rows
        )


def told_rows(world: World, garden: Garden, gateway: str, day: date) -> list[Row]:
    """What the gateway's file of a day says: the truth, with what was planted there."""
    wrong = {each.key: each for each in garden.of(gateway, day) if each.key}
    rows = [
        told
        for row in true_rows(world, gateway, day)
        for told in (_spoiled(row, wrong[row.key]) if row.key in wrong else [row])
    ]
    added = (_added(world, each) for each in garden.of(gateway, day))
    late = _late(world, [each for each in garden.planted if each.gateway == gateway], day)
    return [*rows, *(row for row in added if row), *late]


def _spoiled(row: Row, planted: Planted) -> Iterable[Row]:
    by = planted.paise
    match planted.kind:
        case kind if kind in _GONE:
            return []
        case "amount_differs" | "refund_amount_differs":
            return [replace(row, paise=row.paise + by)]
        case "status_differs":
            return [replace(row, status="pending")]
        case "duplicate_row":
            return [row, row]
        case "fee_differs":
            return [replace(row, fee=row.fee + by)]
        case "tax_differs":
            return [replace(row, gst=row.gst + by)]
        case "sign_flipped":
            return [replace(row, sign=-1)]
        case _:
            return [row, replace(row, kind="chargeback", fee=0, gst=0)]


def _added(world: World, planted: Planted) -> Row | None:
    """A row that nothing true stands behind."""
    kinds = {"unknown_row": "charge", "unknown_refund": "refund", "adjustment": "adjustment"}
    kind = kinds.get(planted.kind)
    if kind is None:
        return None
    noon = world.clock.now().astimezone(IST).replace(hour=12, minute=0, second=0, microsecond=0)
    moved = planted.day - CYCLE
    return Row(
        gateway=planted.gateway,
        order_id=planted.order_id,
        ref=planted.ref,
        kind="charge" if kind == "charge" else "refund" if kind == "refund" else "adjustment",
        paise=planted.paise,
        at=noon.replace(year=moved.year, month=moved.month, day=moved.day),
        settled=planted.day,
        utr=utr_of(world.chance, planted.gateway, planted.day),
    )


def _late(world: World, planted: Iterable[Planted], day: date) -> Iterator[Row]:
    """Rows of earlier files that come in this one."""
    for each in planted:
        if each.kind in _LATE and each.day + timedelta(days=each.days) == day:
            utr = utr_of(world.chance, each.gateway, day)
            rows = true_rows(world, each.gateway, each.day)
            yield from (replace(r, settled=day, utr=utr) for r in rows if r.key == each.key)


def _whole(asked: dict[str, Any], name: str, usual: int, most: int) -> int:
    given = asked.get(name, usual)
    if type(given) is not int or not 1 <= given <= most:
        raise Impossible(f"{name} is a whole number from 1")
    return given
