"""Commands over what the database records: the books, the audit log, and what may leave."""

import json
import sys
from datetime import UTC, datetime, timedelta

from payment_engine.commands import command_engine, command_settings


async def invariants(*, since: datetime | None = None) -> None:
    """Check that the books of every payment add up; only reads, while the service runs.

    Prints a line for each breach: the payment, and what is wrong. Exits with 1 if there is one.

    Parameters
    ----------
    since
        Checks only payments opened at this time or later: 2026-11-26, 2026-11-26T12:00:00; UTC
        unless it has an offset.
    """
    from payment_engine.db.books import connected, read_books
    from payment_engine.db.history_months import history_since
    from payment_engine.domain.invariants import breaches

    settings, payments, broken = command_settings(), 0, 0
    swept = datetime.now(UTC) - timedelta(days=settings.keep_messages_days)
    start = since.replace(tzinfo=since.tzinfo or UTC) if since else None
    async with connected(settings.database_url) as connection:
        whole = await history_since(connection)
        start = max(filter(None, (start, whole)), default=None)
        async for books in read_books(connection, since=start, messages_since=swept):
            payments += 1
            for line in breaches(books):
                broken += 1
                sys.stdout.write(f"{line}\n")
    sys.stderr.write(f"{payments} payments checked, {broken} breaches\n")
    sys.exit(1 if broken else 0)


async def audit_verify(*, merchant: str | None = None, anchor: tuple[str, ...] = ()) -> None:
    """Check that no audit record was changed, added, moved or removed; only reads.

    Prints a line for each merchant: its anchor, which is the merchant, the number and the hash of
    its last record; or the first record that is wrong, and then exits with 1.

    Parameters
    ----------
    merchant
        Checks only the records of this merchant.
    anchor
        A line of an earlier check, or the anchor of a log line, that the records must still agree
        with; may be given several times.
    """
    from payment_engine.db.audit import verify
    from payment_engine.db.books import connected
    from payment_engine.domain.audit_chain import parse_anchor

    try:
        anchors = [parse_anchor(text) for text in anchor]
    except ValueError:
        sys.exit("An anchor is a merchant, a number and a hash, such as mer_...:57:9f86d0...")
    broken = 0
    async with connected(command_settings().database_url) as connection:
        async for chain, fault in verify(connection, anchors, merchant):
            broken += fault is not None
            line = f"{chain.merchant_id}: {fault}" if fault else str(chain.anchor)
            sys.stdout.write(f"{line}\n")
    sys.exit(1 if broken else 0)


async def delete_records(before: datetime) -> None:
    """Delete audit records older than a time, and consents that nothing rests on any longer.

    Works only for members of the role payment_engine_retention; the database refuses all others.

    Parameters
    ----------
    before
        2019-01-01, 2019-01-01T12:00:00; UTC unless it has an offset.
    """
    from payment_engine.db import old_records

    until = before.replace(tzinfo=before.tzinfo or UTC)
    try:
        deleted = await old_records.delete_records(command_settings().database_url, until)
    except old_records.NoRetentionRole:
        sys.exit(f"This role may not; an administrator may run: {old_records.GRANTS}")
    sys.stdout.write(json.dumps(deleted) + "\n")


async def reseal() -> None:
    """Encrypt by PE_SECRET what older root secrets have encrypted, while the service runs.

    Exits with 0 once nothing needs an older one any more; else says what does. May be run again.
    """
    from payment_engine.services import resealing

    async with command_engine() as engine:
        done = await resealing.reseal(engine)
    sys.stdout.write(f"{done.values} values encrypted anew\n")
    if done.unreadable:
        sys.stdout.write(f"{done.unreadable} values that no root secret opens: see the log\n")
    if done.waiting:
        line = "answers under idempotency keys wait to be deleted: run this again later"
        sys.stdout.write(f"{done.waiting} {line}\n")
    sys.exit(0 if done.complete else 1)


COMMANDS = (invariants, audit_verify, delete_records, reseal)
