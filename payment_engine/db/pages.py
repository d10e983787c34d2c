"""Pages of lists for people on call: one statement each, which reads a bounded number of rows.

A page looks at the next rows of an index and keeps what the filters let pass. It ends when it is
full, or after so many rows, even if it found none: then the next page reads on. So no filter needs
an index of its own, and no choice of filters makes a list slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from typing_extensions import TypeVar

from payment_engine.db.connection import Connection

MOST_READ = 1000
"""How many rows of its table a page looks at."""

_PAGE = """
SELECT found.*, edge.at AS edge_at, edge.key AS edge_key
FROM (VALUES (1)) AS one
LEFT JOIN (
  SELECT t.{at} AS at, t.{key}::text AS key FROM {table} t
  WHERE {within} ORDER BY t.{at} {way}, t.{key} {way} OFFSET {most} - 1 LIMIT 1) AS edge ON true
LEFT JOIN (
  SELECT {columns}, t.{at} AS page_at, t.{key} AS page_order, t.{key}::text AS page_key
  FROM (SELECT * FROM {table} t
    WHERE {within} ORDER BY t.{at} {way}, t.{key} {way} LIMIT {most}) AS t
  {joins} WHERE {among}
  ORDER BY t.{at} {way}, t.{key} {way} LIMIT $4) AS found ON true
ORDER BY page_at {way}, page_order {way}
"""
_COUNT = """
SELECT count(*)::int AS rows FROM (
  SELECT FROM (SELECT * FROM {table} t WHERE {within} ORDER BY t.{at} {way} LIMIT {most}) AS t
  {joins} WHERE {among}) AS found
"""
MOST_COUNTED = 20_000
"""How many rows of its table a count looks at."""
_OWN = ("edge_at", "edge_key", "page_at", "page_order", "page_key")

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[Row]):
    """A list of the rows ``t`` of one table with their facts, in the order of a time and a key.

    ``key_type``: of the key's column; ``row``: what a row is made into.
    """

    table: str
    columns: str
    row: type[Row]
    joins: str = ""
    at: str = "created_at"
    key: str = "id"
    key_type: str = "text"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition with ``{}`` for each of its values."""

    text: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which rows: ``within`` is what the index has, ``among`` what each row of it must be."""

    within: tuple[Condition, ...] = ()
    among: tuple[Condition, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Span:
    """From where to where a page may reach: the position after which it begins, and the time at
    which the list ends; downwards if ``newest`` comes first."""

    after: tuple[datetime, str]
    end: datetime
    newest: bool


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """The rows of a page; ``last``: after which position the next one reads on, if there is one."""

    rows: list[Row]
    last: tuple[datetime, str] | None


async def read_page(
    db: Connection, listing: Listing[Row], selection: Selection, span: Span, limit: int
) -> Page[Row]:
    """The next ``limit`` rows of a list."""
    statement, values = page_statement(listing, selection, span, limit + 1)
    found = await db.execute_query_dict(statement, values)
    return _page(listing, found, limit)


async def count_rows(
    db: Connection, listing: Listing[Row], selection: Selection, span: Span
) -> int:
    """How many rows a list has, of the first ones that are counted."""
    values: list[object] = [*span.after, span.end]
    text = _filled(_COUNT, listing, selection, span, values, MOST_COUNTED)
    [found] = await db.execute_query_dict(text, values)
    return int(found["rows"])


def page_statement(
    listing: Listing[Row], selection: Selection, span: Span, limit: int
) -> tuple[str, list[object]]:
    """The statement of a page, and its values."""
    values: list[object] = [*span.after, span.end, limit]
    return _filled(_PAGE, listing, selection, span, values, MOST_READ), values


def _filled(
    template: str,
    listing: Listing[Row],
    selection: Selection,
    span: Span,
    values: list[object],
    most: int,
) -> str:
    """A statement about a list; the values of its conditions are added to the others."""
    position = f"($1::timestamptz, $2::text::{listing.key_type})"
    beyond, end = ("<", ">=") if span.newest else (">", "<")
    within = [f"(t.{listing.at}, t.{listing.key}) {beyond} {position}", f"t.{listing.at} {end} $3"]
    within += _numbered(selection.within, values)
    return template.format(
        table=listing.table,
        at=listing.at,
        key=listing.key,
        columns=listing.columns,
        joins=listing.joins,
        within=" AND ".join(within),
        among=" AND ".join(_numbered(selection.among, values)) or "true",
        way="DESC" if span.newest else "ASC",
        most=most,
    )


def _numbered(conditions: Sequence[Condition], values: list[object]) -> list[str]:
    """The conditions as text, each value added to those of the statement."""
    texts = []
    for condition in conditions:
        first = len(values) + 1
        values += condition.values
        texts.append(condition.text.format(*(f"${n}" for n in range(first, len(values) + 1))))
    return texts


def _page(listing: Listing[Row], found: list[dict[str, Any]], limit: int) -> Page[Row]:
    matching = [row for row in found if row["page_key"] is not None]
    edge = (found[0]["edge_at"], found[0]["edge_key"])
    reached = edge if edge[1] is not None else None
    if len(matching) > limit:
        last = matching[limit - 1]
        reached = (last["page_at"], last["page_key"])
    rows = [
        listing.row(**{name: value for name, value in row.items() if name not in _OWN})
        for row in matching[:limit]
    ]
    return Page(rows=rows, last=reached)
