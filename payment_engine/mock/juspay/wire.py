"""Reads requests in every dialect that Juspay's clients speak, and writes its answers."""

import json
import re
from typing import Any

import orjson
from sanic import HTTPResponse, Request

from payment_engine.mock.form import form_of
from payment_engine.mock.juspay.errors import Refusal, new
from payment_engine.mock.juspay.sealed import is_sealed, open_body

_WHOLE = re.compile(r"[0-9]{1,9}")
_PAGE = {"offset": 0, "count": 10}


def fields_of(request: Request) -> dict[str, str]:
    """Query and body as one flat mapping of dotted names to texts.

    Form and JSON are taken on every path; JSON may nest or carry dotted keys. Numbers keep the
    text they were sent as. Raises Refusal for a body that is no JSON object.
    """
    query = {name: values[-1] for name, values in request.args.items()}
    return {**query, **_body(request)}


def _body(request: Request) -> dict[str, str]:
    if is_sealed(request):
        return _json(open_body(request))
    if not request.body:
        return {}
    if "json" in (request.content_type or "") or request.body.lstrip()[:1] == b"{":
        return _json(request.body)
    return form_of(request)


def _json(body: bytes) -> dict[str, str]:
    try:
        content = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise new("INVALID_INPUT", "Body is not a JSON object.")
    return flat(content)


def flat(content: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested objects as dotted names; lists joined with commas; true and false in lower case."""
    found: dict[str, str] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = _text(value)
    return found


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def seen(request: Request) -> tuple[str | None, dict[str, str]]:
    """The order that a request is about, and its fields; for the record, so it never fails."""
    try:
        fields = fields_of(request)
    except Refusal:
        fields = {}
    order_id = request.match_info.get("order_id") or fields.get("order_id")
    if uuid := request.match_info.get("txn_uuid"):
        order, _ = request.app.ctx.mock.gateways["juspay"].book.txns.get(uuid, (None, None))
        order_id = order.order_id if order else None
    return order_id or fields.get("order.order_id"), fields


def paying(fields: dict[str, str]) -> tuple[str | None, str | None]:
    """The instrument and the bank, wallet or network that a request names."""
    return fields.get("payment_method_type"), fields.get("payment_method")


def paged(found: list[dict[str, Any]], fields: dict[str, str]) -> dict[str, Any]:
    """The envelope of lists: ``count`` of them from ``offset`` on, and how many there are."""
    start, most = (_whole(fields.get(name), usual) for name, usual in _PAGE.items())
    part = found[start : start + most]
    return {
        "object": "list",
        "list": part,
        "count": len(part),
        "offset": start,
        "total": len(found),
    }


def _whole(text: str | None, usual: int) -> int:
    return int(text) if text and _WHOLE.fullmatch(text) else usual


def truthy(text: str | None) -> bool:
    """``True`` (Python), ``1`` (PHP) and ``true`` (Node) all mean yes."""
    return (text or "").lower() in ("true", "1")


def answer(content: dict[str, Any], status: int = 200) -> HTTPResponse:
    """A JSON answer."""
    return HTTPResponse(orjson.dumps(content), status=status, content_type="application/json")


def refuse(_: Request, refusal: Exception) -> HTTPResponse:
    """The answer that a Refusal stands for."""
    if not isinstance(refusal, Refusal):
        raise refusal
    return answer(refusal.body, refusal.http_status)
