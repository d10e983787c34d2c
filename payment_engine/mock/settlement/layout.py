"""How a gateway lays out its settlement file: each imitation says so for its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from payment_engine.mock.settlement.rows import Row

Line = Mapping[str, str]
"""Cells by their column; a column without one stays blank."""


def _no_preamble(_: str, __: date) -> list[list[str]]:
    return []


@dataclass(frozen=True, kw_only=True)
class SettlementLayout:
    """The CSV of one gateway; amounts in it are rupees, dates Indian ones."""

    columns: Sequence[str]
    line: Callable[[str, Row], Line]
    """A row's line, for the account with this merchant id."""
    preamble: Callable[[str, date], list[list[str]]] = _no_preamble
    """The lines above the columns, for a merchant id and the day of the payout."""
