"""What the mock remembers of a request to Paytm: an allow-list, for the rest may be secret."""

import json
from typing import Any

from sanic import Request

from payment_engine.mock.form import form_of
from payment_engine.mock.paytm.outcomes import INSTRUMENTS

_KEPT = frozenset(
    {
        "mid",
        "orderId",
        "requestType",
        "websiteName",
        "callbackUrl",
        "paymentMode",
        "paymentFlow",
        "channelCode",
        "authMode",
        "txnType",
        "txnId",
        "refId",
        "refundAmount",
        "referenceId",
        "bin",
        "type",
        "MID",
        "ORDERID",
    }
)


def seen(request: Request) -> tuple[str | None, dict[str, str]]:
    """The order that a request is about, and what may be kept of it; never fails."""
    fields = {name: str(request.args.get(name)) for name in ("mid", "orderId", "referenceId")
              if request.args.get(name)}  # fmt: skip
    body = _body(request)
    fields |= {name: value for name, value in body.items() if isinstance(value, str)
               and name in _KEPT}  # fmt: skip
    amount = body.get("txnAmount")
    if isinstance(amount, dict):
        fields["txnAmount"] = str(amount.get("value"))
    return fields.get("orderId") or fields.get("ORDERID"), fields


def paying(fields: dict[str, str]) -> tuple[str | None, str | None]:
    """The instrument and the bank that a request speaks of."""
    mode = fields.get("paymentMode")
    return mode and INSTRUMENTS.get(mode, "WALLET"), fields.get("channelCode")


def _body(request: Request) -> dict[str, Any]:
    try:
        content = json.loads(request.body) if request.body[:1] in b"{ \n" else form_of(request)
    except (ValueError, RecursionError):
        return {}
    body = content.get("body", content) if isinstance(content, dict) else {}
    return body if isinstance(body, dict) else {}
