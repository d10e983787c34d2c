"""The commands for API keys: payment-engine keys issue | list | revoke | rotate-notify-secret."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import cyclopts

from payment_engine.commands import command_engine
from payment_engine.domain.callers import ROLES

if TYPE_CHECKING:
    from payment_engine.db.models import Merchant

cli = cyclopts.App(name="keys", help="Issue, list and revoke API keys; rotate a message secret.")

_PERSON_DAYS = 90
_LONGEST_NAME = 64
_ISSUER = "command line"
_HOURS = cyclopts.validators.Number(gte=0, lte=24 * 90)

Days = Annotated[int | None, cyclopts.Parameter(validator=cyclopts.validators.Number(gte=1))]


@cli.command
async def issue(
    merchant: str,
    *,
    person: str | None = None,
    roles: str = "",
    service: bool = False,
    days: Days = None,
) -> None:
    """Issue a key to a person, or another to an order service; prints it once, as a line of JSON.

    Parameters
    ----------
    merchant
        The merchant's name or id.
    person
        Whose key it is, as the audit will have it: an e-mail address, of at most 64 characters.
    roles
        What the person may do, such as read,operate. With platform, for all merchants.
    service
        A key for the order service instead.
    days
        How long it is valid: 90 by default for a person, without end for an order service.
    """
    from payment_engine.services.access.keys import SERVICE, Grant, issue_key

    if not service and not (person and len(person) <= _LONGEST_NAME):
        sys.exit("Give --person, of at most 64 characters, or --service.")
    given = [SERVICE] if service else _roles(roles)
    valid = days if days or service else _PERSON_DAYS
    async with command_engine() as engine:
        grant = Grant(
            merchant_id=(await _merchant(merchant)).id,
            roles=given,
            person=person,
            expires_at=engine.now() + timedelta(days=valid) if valid else None,
            created_by=_ISSUER,
        )
        row, key = await issue_key(engine, grant)
    sys.stdout.write(json.dumps({"id": row.id, "key": key}) + "\n")


@cli.command(name="list")
async def list_keys(merchant: str) -> None:
    """List the keys of a merchant, the newest first, each as a line of JSON.

    Parameters
    ----------
    merchant
        The merchant's name or id.
    """
    from payment_engine.services.access.keys import keys_of
    from payment_engine.services.documents.keys import key_document

    async with command_engine() as engine:
        rows = await keys_of(engine, (await _merchant(merchant)).id)
    for row in rows:
        sys.stdout.write(json.dumps(key_document(row)) + "\n")


@cli.command
async def revoke(key_id: str) -> None:
    """Revoke a key; every process refuses it within 15 seconds.

    Parameters
    ----------
    key_id
        The key's id, as keys list has it: key_...
    """
    from payment_engine.services.access.keys import revoke_key

    async with command_engine() as engine:
        if not await revoke_key(engine, key_id):
            sys.exit(f"There is no key {key_id} that is still valid.")


def _roles(given: str) -> list[str]:
    named = [role.strip() for role in given.split(",") if role.strip()]
    wrong = sorted(set(named) - set(ROLES))
    if wrong or not named:
        sys.exit(f"Give --roles, some of: {','.join(ROLES)}")
    return [role for role in ROLES if role in named]


async def _merchant(named: str) -> Merchant:
    from payment_engine.services.access.keys import find_merchant

    row = await find_merchant(named)
    if row is None:
        sys.exit(f"There is no merchant {named}: payment-engine merchant creates one.")
    return row


@cli.command
async def rotate_notify_secret(
    merchant: str, *, hours: Annotated[int, cyclopts.Parameter(validator=_HOURS)] = 72
) -> None:
    """Give a merchant another secret for the messages that we send; prints it, as a line of JSON.

    Until the hours are over, messages are signed by both, so that the merchant can change over.

    Parameters
    ----------
    merchant
        The merchant's name or id.
    hours
        For how long the secret before it signs as well; 0 if it is known to others.
    """
    from payment_engine.services.access.notify_secrets import rotate

    async with command_engine() as engine:
        row = await _merchant(merchant)
        secret = await rotate(engine, row, timedelta(hours=hours))
    sys.stdout.write(json.dumps({"merchant_id": row.id, "notify_secret": secret}) + "\n")
