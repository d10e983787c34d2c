"""The mock at a glance: JSON for programs, the control page for people."""

from itertools import islice
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control.records import sent_json
from payment_engine.mock.control.request import wants_page
from payment_engine.mock.control.scripts import kinds_json, script_json
from payment_engine.mock.control.time import clock_json
from payment_engine.mock.render import page
from payment_engine.mock.state import Mock, mock_of

_MOST_LISTED = 12
_SUMS = ("charged", "refunded", "kept")
_KINDS = ("charge", "refund", "bounce")
INSTRUMENTS = ("UPI", "CARD", "NB", "WALLET")


async def overview(request: Request) -> HTTPResponse:
    """Seed, clock, gateways, scripts, totals, and how much is stored of what."""
    mock = mock_of(request)
    content = _overview(mock)
    if not wants_page(request):
        return json(content)
    world = mock.world
    return page(
        "control.html",
        request,
        **content,
        kinds=kinds_json(),
        instruments=INSTRUMENTS,
        webhooks=[
            sent_json(each) for each in islice(reversed(world.webhook_sender.sent), _MOST_LISTED)
        ],
        requests=list(islice(reversed(world.requests), _MOST_LISTED)),
    )


def _overview(mock: Mock) -> dict[str, Any]:
    world = mock.world
    totals = world.ledger.totals()
    return {
        "seed": world.random.seed,
        "clock": clock_json(world),
        "gateways": [_gateway_json(mock, name, totals) for name in mock.gateways],
        "scripts": [script_json(each) for each in world.script.waiting],
        "ledger": {name: sum(each[name] for each in totals.values()) for name in _SUMS},
        "moved": {kind: world.ledger.moved[kind] for kind in _KINDS},
        "remembered": {
            "orders": {name: _count(mock, name) for name in mock.gateways},
            "accounts": len(world.ledger),
            "requests": len(world.requests),
            "webhooks": len(world.webhook_sender.sent),
            "webhooks_under_way": world.webhook_sender.under_way,
            "scripts": len(world.script.waiting),
            "timers": world.clock.timers,
        },
    }


def _gateway_json(mock: Mock, name: str, totals: dict[str, dict[str, int]]) -> dict[str, Any]:
    url = f"{mock.world.config.public_url}/{name}"
    zero = dict.fromkeys(_SUMS, 0)
    return {"gateway": name, "base_url": url, "ledger": totals.get(name, zero)}


def _count(mock: Mock, name: str) -> int:
    return sum(1 for _ in mock.gateways[name].order_documents())


ROUTES = ((overview, "GET", "/"),)
