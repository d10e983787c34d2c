"""Settlement files by the control API: reading them, and planting breaks in them."""

from datetime import date
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json, text

from payment_engine.mock.control.request import body_of, gateway_of, is_form, respond
from payment_engine.mock.discovery import find_imitations
from payment_engine.mock.imitation import Impossible
from payment_engine.mock.settlement.breaks import BREAKS, PlantedBreak, rows_with_breaks
from payment_engine.mock.settlement.files import bank_statement, settlement_file
from payment_engine.mock.settlement.rows import Row, next_payout, payouts, true_rows
from payment_engine.mock.state import mock_of

_CSV = "text/csv; charset=utf-8"


async def listing(request: Request) -> HTTPResponse:
    """The days of each gateway's payouts, the planted breaks, and the kinds of breaks."""
    mock = mock_of(request)
    days = {name: [str(each) for each in payouts(mock.world, name)] for name in mock.gateways}
    planted = [each.as_json() for each in mock.settlement_faults.planted]
    kinds = {name: each.explanation for name, each in BREAKS.items()}
    return json({"dates": days, "planted": planted, "kinds": kinds})


async def file(request: Request, gateway: str) -> HTTPResponse:
    """The file of a payout on ``?date=`` (by default the next) as CSV; with ``&format=json`` its
    rows, the true ones, the totals, and the planted breaks.
    """
    mock = mock_of(request)
    day = _day(request)
    gateway_of(mock, gateway)
    rows = rows_with_breaks(mock.world, mock.settlement_faults, gateway, day)
    if request.args.get("format") == "json":
        true = true_rows(mock.world, gateway, day)
        planted = [each.as_json() for each in mock.settlement_faults.of(gateway, day)]
        return json(_file_json(gateway, day, rows) | {"true": _rows_json(true), "breaks": planted})
    name = f"{gateway}-settlement-{day}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    layout = find_imitations()[gateway].settlement
    merchant_id = mock.world.config.gateways[gateway].merchant_id
    content = settlement_file(layout, merchant_id, day, rows)
    return text(content, content_type=_CSV, headers=headers)


async def plant(request: Request, gateway: str) -> HTTPResponse:
    """``{"date": "...", "breaks": [{"kind": "missing_row", "order_id": "..."}]}``: plants all or
    none.
    """
    mock = mock_of(request)
    body = body_of(request)
    gateway_of(mock, gateway)
    day = _day(request, body.get("date"))
    breaks = [body] if is_form(request) else body.get("breaks")
    if not isinstance(breaks, list) or not breaks:
        raise Impossible("breaks is a list of objects with a kind")
    before = list(mock.settlement_faults.planted)
    try:
        planted = [mock.settlement_faults.plant(mock.world, gateway, day, each) for each in breaks]
    except Impossible:
        mock.settlement_faults.planted = before
        raise
    return respond(request, {"date": str(day), "planted": _planted_json(planted)}, 201)


async def drop(request: Request, gateway: str) -> HTTPResponse:
    """Drop the breaks of a gateway, only those of ``?date=`` if named."""
    mock = mock_of(request)
    gateway_of(mock, gateway)
    mock.settlement_faults.clear(gateway, _day(request) if "date" in request.args else None)
    return respond(request, {"planted": _planted_json(mock.settlement_faults.planted)})


async def bank(request: Request) -> HTTPResponse:
    """The merchant's bank statement of ``?date=`` as CSV: what was really paid out."""
    mock = mock_of(request)
    day = _day(request)
    paid = {
        name: _net(rows_with_breaks(mock.world, mock.settlement_faults, name, day))
        for name in mock.gateways
    }
    return text(
        bank_statement(mock.world, day, paid, mock.settlement_faults.planted), content_type=_CSV
    )


def _day(request: Request, value: object = None) -> date:
    value = value or request.args.get("date")
    if value is None:
        return next_payout(mock_of(request).world)
    try:
        return date.fromisoformat(str(value))
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


def _planted_json(planted: list[PlantedBreak]) -> list[dict[str, Any]]:
    return [each.as_json() for each in planted]


ROUTES = (
    (listing, "GET", "/settlements"),
    (bank, "GET", "/bank"),
    (file, "GET", "/settlements/<gateway>"),
    (plant, "POST", "/settlements/<gateway>"),
    (drop, "DELETE", "/settlements/<gateway>"),
    (drop, "POST", "/settlements/<gateway>/drop"),
)
