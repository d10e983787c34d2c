"""Audit records in a real database: whoever changes one by hand is found out."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.migrations.api import migrate as apply_migrations

from payment_engine.db.audit import verify
from payment_engine.db.migrate import migrate
from payment_engine.db.models import config
from payment_engine.db.old_records import GRANTS, NoRetentionRole, delete_records
from payment_engine.domain.audit_chain import Anchor
from tests.commands import run
from tests.databases import create_empty_database, drop_database
from tests.forks import run_forked

ROOT = Path(__file__).parents[2]
OURS, OTHER = "mer_ours", "mer_theirs"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_INSERT = """
INSERT INTO admin_action (id, merchant_id, actor, action, subject, reason, dry_run, request,
  outcome, at) VALUES ($1, $2, 'key_1', 'attempt.sync', 'att_1', 'incident 4711', false,
  '{"gateway": "paytm"}', '{"before": "pending", "after": null}', $3)
"""
AS_SUPERUSER = "SET session_replication_role = replica"
"""No trigger stops whoever may do that."""


@pytest.fixture
async def db(fresh_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database with three records of ours, and two of another merchant."""
    connection = await asyncpg.connect(fresh_database)
    for number in range(3):
        await insert(connection, f"adm_{number + 1}", OURS, number)
    for number in range(2):
        await insert(connection, f"adm_other_{number + 1}", OTHER, number)
    yield connection
    await connection.close()


async def insert(db: asyncpg.Connection, name: str, merchant_id: str, days: int) -> None:
    await db.execute(_INSERT, name, merchant_id, NOON + timedelta(days=days))


async def faults(db: asyncpg.Connection, *anchors: Anchor) -> dict[str, str]:
    """The first fault of each merchant's chain that has one."""
    found = [(chain, fault) async for chain, fault in verify(db, anchors)]
    return {chain.merchant_id: fault for chain, fault in found if fault}


async def anchor(db: asyncpg.Connection) -> Anchor:
    """The end of our chain."""
    ((chain, _),) = [each async for each in verify(db, (), OURS)]
    return chain.anchor


async def test_records_are_chained_by_merchant_whoever_inserts_them(db: asyncpg.Connection) -> None:
    rows = await db.fetch("SELECT * FROM admin_action ORDER BY merchant_id, number")
    assert [row["number"] for row in rows] == [1, 2, 3, 1, 2]
    assert [row["previous"] for row in rows] == [
        bytes(32),
        rows[0]["hash"],
        rows[1]["hash"],
        bytes(32),
        rows[3]["hash"],
    ]
    assert await faults(db) == {}
    assert await anchor(db) == Anchor(OURS, 3, rows[2]["hash"])


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE admin_action SET reason = 'other' WHERE id = 'adm_2'", "adm_2 (number 2): its"),
        (
            "UPDATE admin_action SET outcome = '{\"before\": \"pending\"}' WHERE id = 'adm_2'",
            "adm_2 (number 2): its content",
        ),
        ("UPDATE admin_action SET payment_id = 'x' WHERE id = 'adm_1'", "adm_1 (number 1): its"),
        (
            "UPDATE admin_action SET at = at + interval '1 us' WHERE id = 'adm_3'",
            "adm_3 (number 3)",
        ),
        ("DELETE FROM admin_action WHERE id = 'adm_1'", "adm_2 (number 2): number 1 should be"),
        ("DELETE FROM admin_action WHERE id = 'adm_2'", "adm_3 (number 3): number 2 should be"),
        ("DELETE FROM admin_action WHERE id = 'adm_3'", "number 3 is missing, and all after it"),
        ("DELETE FROM admin_action WHERE merchant_id = 'mer_ours'", "number 1 is missing"),
        (
            "UPDATE admin_action SET merchant_id = 'mer_ours', number = 4 WHERE id = 'adm_other_2'",
            "adm_other_2 (number 4): the record before it is another one",
        ),
        (
            "DELETE FROM audit_chain WHERE merchant_id = 'mer_ours'",
            "adm_1 (number 1): the last that was written has number 0",
        ),
        (
            "INSERT INTO admin_action SELECT 'adm_9', merchant_id, actor, action, subject, "
            "payment_id, reason, dry_run, request, outcome, at, 4, previous, hash "
            "FROM admin_action WHERE id = 'adm_3'",
            "adm_9 (number 4): the record before it is another one than when it was written",
        ),
    ],
)
async def test_the_first_record_that_was_tampered_with_is_named(
    db: asyncpg.Connection, tampering: str, fault: str
) -> None:
    await db.execute(AS_SUPERUSER)
    await db.execute(tampering)
    assert (await faults(db))[OURS].startswith(fault)


async def forge(db: asyncpg.Connection) -> None:
    """Change a record, and make all hashes from it on anew, as only a thorough forger does."""
    await db.execute(AS_SUPERUSER)
    await db.execute("SET TimeZone = 'UTC'")
    await db.execute("UPDATE admin_action SET reason = 'forged' WHERE id = 'adm_2'")
    second = await _rehash(db, "adm_2")
    await db.execute("UPDATE admin_action SET previous = $1 WHERE id = 'adm_3'", second)
    third = await _rehash(db, "adm_3")
    await db.execute("UPDATE audit_chain SET hash = $1 WHERE merchant_id = $2", third, OURS)


async def _rehash(db: asyncpg.Connection, name: str) -> bytes:
    text = await db.fetchval(
        "SELECT jsonb_object_agg(key, value)::text FROM admin_action a, "
        "jsonb_each(to_jsonb(a) - 'hash') WHERE a.id = $1 AND value <> 'null'",
        name,
    )
    digest = hashlib.sha256(text.encode()).digest()
    await db.execute("UPDATE admin_action SET hash = $2 WHERE id = $1", name, digest)
    return digest


async def test_a_chain_that_was_made_anew_contradicts_an_anchor(db: asyncpg.Connection) -> None:
    noted = await anchor(db)
    await forge(db)
    assert await faults(db) == {}
    assert "another one than in the anchor" in (await faults(db, noted))[OURS]


async def test_a_chain_that_was_cut_with_its_end_contradicts_an_anchor(
    db: asyncpg.Connection,
) -> None:
    noted = await anchor(db)
    await db.execute(AS_SUPERUSER)
    await db.execute("DELETE FROM admin_action WHERE id = 'adm_3'")
    await db.execute(
        "UPDATE audit_chain SET number = 2, hash = (SELECT hash FROM admin_action "
        "WHERE id = 'adm_2') WHERE merchant_id = 'mer_ours'"
    )
    assert await faults(db) == {}
    assert (await faults(db, noted))[OURS] == "number 3 is missing, and all after it"


async def test_an_end_that_is_not_that_of_the_last_record_is_found(db: asyncpg.Connection) -> None:
    await db.execute(AS_SUPERUSER)
    await db.execute("UPDATE audit_chain SET hash = '\\x00' WHERE merchant_id = 'mer_ours'")
    assert await faults(db) == {OURS: "number 3 is not the last that was written"}


async def test_a_column_that_is_added_later_changes_no_hash_and_is_covered(
    db: asyncpg.Connection,
) -> None:
    await db.execute("ALTER TABLE admin_action ADD COLUMN later text")
    await insert(db, "adm_4", OURS, 3)
    assert await faults(db) == {}
    await db.execute(AS_SUPERUSER)
    await db.execute("UPDATE admin_action SET later = 'x' WHERE id = 'adm_4'")
    assert (await faults(db))[OURS].startswith("adm_4 (number 4): its content")


@pytest.mark.parametrize("table", ["admin_action", "audit_chain", "consent"])
async def test_nobody_empties_what_only_grows(db: asyncpg.Connection, table: str) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match="only grows"):
        await db.execute(f"TRUNCATE {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_chain SET number = 0",
        "DELETE FROM audit_chain",
        "INSERT INTO audit_chain VALUES ('mer_new', 1, '', 1, '')",
    ],
)
async def test_nobody_moves_the_end_of_a_chain(db: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match="follows admin_action"):
        await db.execute(statement)


async def test_many_who_write_at_once_make_one_chain(
    db: asyncpg.Connection, fresh_database: str
) -> None:
    pool = await asyncpg.create_pool(fresh_database, min_size=8, max_size=8)
    async with pool:
        await asyncio.gather(
            *(
                pool.execute(_INSERT, f"adm_{merchant}_{number}", merchant, NOON)
                for merchant in ("mer_new", OURS)
                for number in range(40)
            )
        )
    assert await faults(db) == {}
    rows = await db.fetch("SELECT merchant_id, number FROM audit_chain ORDER BY merchant_id")
    assert [tuple(row) for row in rows] == [("mer_new", 40), (OURS, 43), (OTHER, 2)]


async def test_another_merchant_waits_for_nobody(
    db: asyncpg.Connection, fresh_database: str
) -> None:
    slow = await asyncpg.connect(fresh_database)
    async with slow.transaction():
        await insert(slow, "adm_slow", OURS, 5)
        await db.execute("SET lock_timeout = '1s'")
        await insert(db, "adm_other_3", OTHER, 5)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await insert(db, "adm_4", OURS, 5)
    await slow.close()
    assert await faults(db) == {}


async def grant(db: asyncpg.Connection) -> None:
    """The role of retention, which all databases of the server share, gets its rights."""
    create, grants = GRANTS.split(";", 1)
    with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        await db.execute(create)
    await db.execute(grants)


async def test_what_left_by_retention_leaves_a_whole_chain(
    db: asyncpg.Connection, fresh_database: str
) -> None:
    await grant(db)
    left = Anchor(OURS, 1, await db.fetchval("SELECT hash FROM admin_action WHERE id = 'adm_1'"))
    deleted = await delete_records(fresh_database, NOON + timedelta(days=1))
    assert deleted["admin_action"] == 2
    assert await faults(db, left) == {}
    await db.execute(AS_SUPERUSER)
    await db.execute("DELETE FROM admin_action WHERE id = 'adm_2'")
    assert (await faults(db))[OURS].startswith("adm_3 (number 3): number 2 should be")


async def test_a_record_that_is_written_out_of_turn_holds_back_those_after_it(
    db: asyncpg.Connection, fresh_database: str
) -> None:
    """Their times are drawn before they are written, so a later number may have an earlier time."""
    await grant(db)
    await insert(db, "adm_4", OURS, 0)
    deleted = await delete_records(fresh_database, NOON + timedelta(days=2))
    assert deleted["admin_action"] == 4
    rows = await db.fetch("SELECT id FROM admin_action ORDER BY number")
    assert [row["id"] for row in rows] == ["adm_3", "adm_4"]
    assert await faults(db) == {}


@pytest.mark.parametrize("names", [["adm_2"], ["adm_3"], ["adm_1", "adm_3"]])
async def test_retention_takes_only_the_oldest(db: asyncpg.Connection, names: list[str]) -> None:
    await grant(db)
    await db.execute("SET ROLE payment_engine_retention")
    with pytest.raises(asyncpg.RestrictViolationError, match="only the oldest"):
        await db.execute("DELETE FROM admin_action WHERE id = ANY ($1)", names)


async def test_a_role_without_all_its_rights_deletes_nothing(
    db: asyncpg.Connection, fresh_database: str
) -> None:
    await grant(db)
    await db.execute("REVOKE ALL ON audit_chain FROM payment_engine_retention")
    with pytest.raises(NoRetentionRole):
        await delete_records(fresh_database, NOON + timedelta(days=1))
    assert await faults(db) == {}


async def test_what_there_was_before_is_chained_by_the_migration(postgres_url: str) -> None:
    url = await create_empty_database(postgres_url)
    await apply_migrations(config=config(url), target="engine.0037_personal_keys")
    await Tortoise.close_connections()
    db = await asyncpg.connect(url)
    for name, merchant_id, days in (
        ("adm_b", OURS, 2),
        ("adm_a", OURS, 1),
        ("adm_c", OTHER, 0),
        ("adm_d", OURS, 2),
    ):
        await insert(db, name, merchant_id, days)
    await migrate(url)
    rows = await db.fetch("SELECT id FROM admin_action ORDER BY merchant_id, number")
    assert [row["id"] for row in rows] == ["adm_a", "adm_b", "adm_d", "adm_c"]
    assert await faults(db) == {}
    await insert(db, "adm_e", OURS, 0)
    assert await faults(db) == {}
    with pytest.raises(asyncpg.RestrictViolationError, match="only grows"):
        await db.execute("UPDATE admin_action SET reason = 'other'")
    await db.close()
    await drop_database(postgres_url, url)


async def test_the_command_prints_anchors_or_what_is_wrong(
    db: asyncpg.Connection, fresh_database: str, tmp_path: Path
) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "PE_DATABASE_URL": fresh_database,
        "PE_SECRET": "a-root-secret-for-tests-only-0123456789",
    }
    name = "audit-verify"
    whole = await run(tmp_path, "python", "-m", "payment_engine", name, **environment)
    noted = await anchor(db)
    assert whole[0] == 0
    assert str(noted) in whole[1].splitlines()
    assert await run_forked(tmp_path, name, "--merchant", OURS, **environment) == (0, f"{noted}\n")
    await forge(db)
    assert (await run_forked(tmp_path, name, **environment))[0] == 0
    code, printed = await run_forked(tmp_path, name, "--anchor", str(noted), **environment)
    assert (code, "mer_ours: adm_3 (number 3): its hash" in printed) == (1, True)
    code, printed = await run_forked(tmp_path, name, "--anchor", "x:y", **environment)
    assert (code, printed.startswith("An anchor is a merchant, a number and a hash")) == (1, True)
