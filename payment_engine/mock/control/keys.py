"""Keys and tokens by the control API: replacing keys of an account, suspending a saved card."""

from sanic import HTTPResponse, Request

from payment_engine.mock.control.request import body_of, gateway_of, respond
from payment_engine.mock.imitation import Impossible
from payment_engine.mock.state import mock_of

STATES = ("active", "suspended", "deleted")


async def rotate(request: Request) -> HTTPResponse:
    """Replace any key, secret, name or URL of an account:
    ``{"gateway": "juspay", "api_key": "..."}``.
    """
    changes = body_of(request)
    gateway = gateway_of(mock_of(request), changes.pop("gateway", None))
    gateway.rotate(changes)
    return respond(request, {"gateway": gateway.name, "changed": sorted(changes)})


async def suspend(request: Request) -> HTTPResponse:
    """Make a saved card ``suspended``, ``deleted`` or ``active`` again:
    ``{"gateway": "juspay", "token": "...", "state": "suspended"}``.
    """
    body = body_of(request)
    gateway = gateway_of(mock_of(request), body.get("gateway"))
    token = str(body.get("token", ""))
    state = str(body.get("state", "suspended"))
    if state not in STATES:
        raise Impossible(f"the states of a token are {', '.join(STATES)}")
    gateway.suspend(token, state)
    return respond(request, {"gateway": gateway.name, "token": token, "state": state})


ROUTES = (
    (rotate, "POST", "/keys"),
    (suspend, "POST", "/tokens"),
)
