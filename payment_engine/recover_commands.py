"""The commands after a restore: payment-engine recover | unmatched | match."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import cyclopts

from payment_engine.commands import command_engine
from payment_engine.domain.payment_methods import Method

cli = cyclopts.App(name="recover", help="Ask the gateways again, and match what they tell of.")

_MOST = 1000


@cli.default
async def recover(*, since: datetime) -> None:
    """Have workers ask the gateways now about every attempt and refund that is undecided, and
    about those that failed since a time; prints how many.

    After a restore: the time is that to which the database was restored, less the lifetime of a
    payment. Only what the gateways answer changes anything.

    Parameters
    ----------
    since
        2026-11-26, 2026-11-26T12:00:00; UTC unless it has an offset.
    """
    from payment_engine.db.unmatched import check_again

    async with command_engine() as engine:
        checks = await check_again(engine.db, since.replace(tzinfo=since.tzinfo or UTC))
    sys.stdout.write(json.dumps(checks) + "\n")


@cli.command
async def unmatched() -> None:
    """List the charges and refunds that gateways have reported and that nobody has matched: one
    line of JSON for each, the oldest first, a thousand at most."""
    from payment_engine.db.unmatched import list_open

    async with command_engine():
        for row in await list_open(_MOST):
            document = {name: getattr(row, name) for name in row._meta.fields_map}
            sys.stdout.write(json.dumps(document, default=str) + "\n")


@cli.command
async def match(reference: str, *, payment: str, method: Method, reason: str) -> None:
    """Record that an unknown charge was an attempt of a payment, as its merchant says.

    Its gateway is asked about it; only what that answers pays the order, with the same checks of
    amount and account as ever.

    Parameters
    ----------
    reference
        As ``recover unmatched`` lists it.
    payment
        The payment's id; its merchant opens one for the order again if it was lost as well.
    method
        How the customer paid, as the merchant's messages or the gateway's dashboard have it.
    reason
        For the payment's history.
    """
    from payment_engine.domain.errors import NotFound
    from payment_engine.services.webhooks.unmatched import match_charge

    async with command_engine() as engine:
        try:
            await match_charge(engine, reference, payment, method, reason)
        except NotFound as error:
            sys.exit(str(error))
    sys.stdout.write(f"{reference} is an attempt of {payment}; its gateway is being asked\n")
