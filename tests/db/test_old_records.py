"""Old consents and audit records leave by a role of their own, and only what nothing rests on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import asyncpg
import pytest

from payment_engine.db import old_records
from payment_engine.db.old_records import GRANTS, NoRetentionRole, delete_records
from tests.db.changes import MERCHANT, now

_CONSENT = """
INSERT INTO consent (id, merchant_id, customer_ref, purpose, given, text_version, channel, subject,
  at) VALUES ($1, $2, $3, $4, true, '1', 'checkout', $5, now() - $6::interval)
"""
_ACTION = """
INSERT INTO admin_action (id, merchant_id, actor, action, subject, reason, dry_run, request,
  outcome, at) VALUES ($1, $2, 'key_1', 'x', 'y', 'test', false, '{}', '{}', now() - $3::interval)
"""
YEARS = timedelta(days=3000)
DAY = timedelta(days=1)


@pytest.fixture
async def connection(fresh_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The role is there and has its rights; other databases of the server share it."""
    connection = await asyncpg.connect(fresh_database)
    create, grants = GRANTS.split(";", 1)
    with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        await connection.execute(create)
    await connection.execute(grants)
    yield connection
    await connection.close()


async def add_consent(
    connection: asyncpg.Connection,
    name: str,
    customer: str,
    *,
    age: timedelta,
    purpose: str = "save_card",
    subject: str | None = None,
) -> None:
    await connection.execute(_CONSENT, name, MERCHANT, customer, purpose, subject, age)


async def names(connection: asyncpg.Connection, table: str) -> set[str]:
    rows = await connection.fetch(f"SELECT id FROM {table}")  # noqa: S608
    return {row["id"] for row in rows}


async def test_old_audit_records_leave_and_later_ones_stay(
    connection: asyncpg.Connection, fresh_database: str
) -> None:
    for name, age in (("act_1", YEARS), ("act_2", YEARS), ("act_3", DAY)):
        await connection.execute(_ACTION, name, MERCHANT, age)
    deleted = await delete_records(fresh_database, now() - timedelta(days=2000))
    assert deleted == {"admin_action": 2, "consent": 0}
    assert await names(connection, "admin_action") == {"act_3"}


async def test_a_consent_stays_while_it_is_the_last_or_something_is_saved_on_it(
    connection: asyncpg.Connection, fresh_database: str
) -> None:
    for customer in ("lone", "moved", "saved", "linked"):
        await add_consent(connection, f"{customer}-1", customer, age=YEARS)
    for customer in ("moved", "saved"):
        await add_consent(connection, f"{customer}-2", customer, age=DAY)
    for number, subject in ((1, "wal_1"), (2, "wal_2")):
        await add_consent(
            connection,
            f"wallet-{number}",
            "linked",
            age=YEARS / number,
            purpose="link_wallet",
            subject=subject,
        )
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(
        "INSERT INTO saved_vpa (id, merchant_id, customer_ref, sealed, vpa_hash, masked, "
        "consent_id, created_at) VALUES ('vpa_1', $1, 'saved', '', 'x', 'a', 'saved-1', now())",
        MERCHANT,
    )
    await connection.execute(
        "INSERT INTO linked_wallet (id, merchant_id, customer_ref, wallet, gateway, state, sealed, "
        "created_at) VALUES ('wal_1', $1, 'linked', 'paytm', 'paytm', 'linked', 'x', now())",
        MERCHANT,
    )
    await connection.execute("SET session_replication_role = DEFAULT")
    before = await names(connection, "consent")
    deleted = await delete_records(fresh_database, now() - timedelta(days=1000))
    assert before - await names(connection, "consent") == {"moved-1"}
    assert deleted == {"admin_action": 0, "consent": 1}


async def test_nobody_else_deletes_them_the_owner_included(connection: asyncpg.Connection) -> None:
    await connection.execute(_ACTION, "act_1", MERCHANT, YEARS)
    await add_consent(connection, "cns_1", "c", age=YEARS)
    for table in ("admin_action", "consent"):
        with pytest.raises(asyncpg.RestrictViolationError, match="only grows"):
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608
        with pytest.raises(asyncpg.RestrictViolationError, match="only grows"):
            await connection.execute(f"UPDATE {table} SET merchant_id = 'x'")  # noqa: S608


async def test_without_the_role_nothing_is_deleted(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_records, "ROLE", "not_there")
    with pytest.raises(NoRetentionRole):
        await asyncio.wait_for(delete_records(fresh_database, now()), 10)


async def test_a_consent_is_found_by_its_attempt_without_reading_others(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute(
        "INSERT INTO consent (id, merchant_id, customer_ref, purpose, given, text_version, "
        "channel, subject, at) SELECT n, 'm', 'c', 'save_card', true, '1', 'checkout', "
        "'att_' || n, now() FROM generate_series(1, 5000) n"
    )
    await connection.execute("ANALYZE consent")
    plan = await connection.fetch("EXPLAIN SELECT * FROM consent WHERE subject = 'att_7'")
    assert "consent_by_subject" in "".join(row[0] for row in plan)
