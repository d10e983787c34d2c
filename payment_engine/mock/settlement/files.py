"""Settlement files in the layout of each gateway, and the bank's statement of the payouts."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from payment_engine.mock.money import signed_rupees
from payment_engine.mock.settlement.breaks import PlantedBreak
from payment_engine.mock.settlement.layout import SettlementLayout
from payment_engine.mock.settlement.rows import Row, utr_of
from payment_engine.mock.world import World


def settlement_file(
    layout: SettlementLayout, merchant_id: str, day: date, rows: Iterable[Row]
) -> str:
    """The CSV of a day: amounts in rupees, dates in Indian time."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(layout.preamble(merchant_id, day))
    writer = csv.DictWriter(out, layout.columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(layout.line(merchant_id, row) for row in rows)
    return out.getvalue()


def bank_statement(
    world: World, day: date, paid: Mapping[str, int], planted: Collection[PlantedBreak]
) -> str:
    """The merchant's bank account on a day, as CSV: one credit for each payout, by its UTR."""
    lines = []
    for gateway, net in paid.items():
        breaks = {p.kind: p.paise for p in planted if (p.gateway, p.day) == (gateway, day)}
        credit = net - breaks.get("bank_short", 0) + breaks.get("bank_over", 0)
        utr = utr_of(world.random, gateway, day)
        if credit and "bank_missing" not in breaks:
            lines.append(_entry(day, f"NEFT CR-{utr}-{gateway.upper()}", utr, credit))
        if "bank_unidentified" in breaks:
            unknown = utr_of(world.random, f"{gateway}-odd", day)
            lines.append(_entry(day, f"NEFT CR-{unknown}", unknown, breaks["bank_unidentified"]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Date", "Narration", "UTR", "Debit", "Credit"])
    writer.writerows(lines)
    return out.getvalue()


def _entry(day: date, narration: str, utr: str, paise: int) -> list[str]:
    debit, credit = (signed_rupees(-paise), "") if paise < 0 else ("", signed_rupees(paise))
    return [f"{day:%d/%m/%Y}", narration, utr, debit, credit]
