"""Keys and tokens by the control API: what opened an account or a card does so no more."""

from sanic import HTTPResponse, Request

from payment_engine.mock.control.reading import body_of, done, gateway_of
from payment_engine.mock.imitation import Impossible
from payment_engine.mock.state import mock_of

STATES = ("active", "suspended", "deleted")


async def rotate(request: Request) -> HTTPResponse:
    """``{"gateway": "juspay", "api_key": "..."}``: any key, secret, name or URL of the account."""
    changes = body_of(request)
    gateway = gateway_of(mock_of(request), changes.pop("gateway", None))
    gateway.rotate(changes)
    return done(request, {"gateway": gateway.name, "changed": sorted(changes)})


async def suspend(request: Request) -> HTTPResponse:
    """``{"gateway": "juspay", "token": "...", "state": "suspended"}``, or ``deleted``, or
    ``active`` again: what becomes of a saved card.
    """
    body = body_of(request)
    gateway = gateway_of(mock_of(request), body.get("gateway"))
    token, state = str(body.get("token", "")), str(body.get("state", "suspended"))
    if state not in STATES:
        raise Impossible(f"a token's states are {', '.join(STATES)}")
    gateway.suspend(token, state)
    return done(request, {"gateway": gateway.name, "token": token, "state": state})


ROUTES = (
    (rotate, "POST", "/keys"),
    (suspend, "POST", "/tokens"),
)
