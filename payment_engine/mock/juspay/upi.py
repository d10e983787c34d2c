"""``POST /v2/upi/verify-vpa``: whether a UPI id exists."""

import re

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.wire import answer, fields_of

_VPA = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z0-9]{2,64}")


async def verify_vpa(request: Request) -> HTTPResponse:
    """VALID but for names starting with ``invalid``; an INVALID one is HTTP 200 as well."""
    vpa = fields_of(request).get("vpa", "")
    if not _VPA.fullmatch(vpa):
        raise errors.invalid("vpa")
    valid = not vpa.lower().startswith("invalid")
    content = {
        "vpa": vpa,
        "status": "VALID" if valid else "INVALID",
        "mandate_details": {"is_handle_supported": valid},
    }
    return answer(content | {"customer_name": "verified"} if valid else content)
