"""The layout of a gateway's settlement file, which its imitation defines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from payment_engine.mock.settlement.rows import Row

Line = Mapping[str, str]
"""Cells by column; a column without a cell is blank."""


def _no_preamble(_: str, __: date) -> list[list[str]]:
    return []


@dataclass(frozen=True, kw_only=True)
class SettlementLayout:
    """The CSV of one gateway, with amounts in rupees and dates in Indian time."""

    columns: Sequence[str]
    line: Callable[[str, Row], Line]
    """The line of a row, for a merchant id."""
    preamble: Callable[[str, date], list[list[str]]] = _no_preamble
    """The lines above the columns, for a merchant id and the day of the payout."""
