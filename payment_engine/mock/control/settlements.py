"""Settlement files by the control API: reading them, and planting mistakes in them."""

from datetime import date
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json, text

from payment_engine.mock.control.reading import body_of, done, gateway_of, is_form
from payment_engine.mock.discovery import find_imitations
from payment_engine.mock.imitation import Impossible
from payment_engine.mock.settlement.breaks import BREAKS, Planted, told_rows
from payment_engine.mock.settlement.files import bank_statement, settlement_file
from payment_engine.mock.settlement.rows import Row, next_payout, payouts, true_rows
from payment_engine.mock.state import mock_of

_CSV = "text/csv; charset=utf-8"


async def listing(request: Request) -> HTTPResponse:
    """On which days each gateway pays out, what is planted, and what could be."""
    mock = mock_of(request)
    days = {name: [str(each) for each in payouts(mock.world, name)] for name in mock.gateways}
    planted = [each.as_json() for each in mock.garden.planted]
    kinds = {name: each.words for name, each in BREAKS.items()}
    return json({"dates": days, "planted": planted, "kinds": kinds})


async def file(request: Request, gateway: str) -> HTTPResponse:
    """The file of ``?date=`` (the day of the payout; the next one) as CSV; with ``&format=json``
    its rows, the true ones, the totals, and which breaks were planted.
    """
    mock, day = mock_of(request), _day(request)
    gateway_of(mock, gateway)
    rows = told_rows(mock.world, mock.garden, gateway, day)
    if request.args.get("format") == "json":
        true = true_rows(mock.world, gateway, day)
        planted = [each.as_json() for each in mock.garden.of(gateway, day)]
        return json(_file_json(gateway, day, rows) | {"true": _rows_json(true), "breaks": planted})
    name = f"{gateway}-settlement-{day}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    layout = find_imitations()[gateway].settlement
    merchant_id = mock.world.config.gateways[gateway].merchant_id
    content = settlement_file(layout, merchant_id, day, rows)
    return text(content, content_type=_CSV, headers=headers)


async def plant(request: Request, gateway: str) -> HTTPResponse:
    """``{"date": "...", "breaks": [{"kind": "missing_row", "order_id": "..."}]}``: all or none."""
    mock, body = mock_of(request), body_of(request)
    gateway_of(mock, gateway)
    day = _day(request, body.get("date"))
    asked = [body] if is_form(request) else body.get("breaks")
    if not isinstance(asked, list) or not asked:
        raise Impossible("breaks is a list of objects with a kind")
    before = list(mock.garden.planted)
    try:
        planted = [mock.garden.plant(mock.world, gateway, day, each) for each in asked]
    except Impossible:
        mock.garden.planted = before
        raise
    return done(request, {"date": str(day), "planted": _planted_json(planted)}, 201)


async def drop(request: Request, gateway: str) -> HTTPResponse:
    """Let the gateway's files be right again; only that of ``?date=`` if named."""
    mock = mock_of(request)
    gateway_of(mock, gateway)
    mock.garden.clear(gateway, _day(request) if "date" in request.args else None)
    return done(request, {"planted": _planted_json(mock.garden.planted)})


async def bank(request: Request) -> HTTPResponse:
    """The merchant's bank statement of ``?date=`` as CSV: what was really paid out."""
    mock, day = mock_of(request), _day(request)
    paid = {name: _net(told_rows(mock.world, mock.garden, name, day)) for name in mock.gateways}
    return text(bank_statement(mock.world, day, paid, mock.garden.planted), content_type=_CSV)


def _day(request: Request, given: object = None) -> date:
    wanted = given or request.args.get("date")
    if wanted is None:
        return next_payout(mock_of(request).world)
    try:
        return date.fromisoformat(str(wanted))
    except ValueError:
        raise Impossible("date is a day as 2026-11-24") from None


def _net(rows: list[Row]) -> int:
    return sum(row.net for row in rows if row.status == "settled")


def _file_json(gateway: str, day: date, rows: list[Row]) -> dict[str, Any]:
    totals = {"fee": sum(row.fee for row in rows), "gst": sum(row.gst for row in rows)}
    return {
        "gateway": gateway,
        "date": str(day),
        "rows": _rows_json(rows),
        "totals": totals | {"rows": len(rows), "net": _net(rows)},
    }


def _rows_json(rows: list[Row]) -> list[dict[str, Any]]:
    return [row.as_json() for row in rows]


def _planted_json(planted: list[Planted]) -> list[dict[str, Any]]:
    return [each.as_json() for each in planted]


ROUTES = (
    (listing, "GET", "/settlements"),
    (bank, "GET", "/bank"),
    (file, "GET", "/settlements/<gateway>"),
    (plant, "POST", "/settlements/<gateway>"),
    (drop, "DELETE", "/settlements/<gateway>"),
    (drop, "POST", "/settlements/<gateway>/drop"),
)
