"""A server that takes connections by TLS alone: the service, its migrations and its tools.

PgBouncer is that server, since the PostgreSQL of the tests was built without TLS.
"""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import trustme

from payment_engine.db.books import connected
from payment_engine.db.migrate import migrate
from tests.db.pgbouncer import pgbouncer
from tests.world import running_world

_TLS = """
client_tls_sslmode = require
client_tls_cert_file = {folder}/server.crt
client_tls_key_file = {folder}/server.key
ignore_startup_parameters = lock_timeout,statement_timeout
"""


def verified_by(authority: Path) -> str:
    """The options of an address whose certificate has to be of this authority."""
    return f"?sslmode=verify-full&sslrootcert={authority}"


@pytest.fixture
async def tls_only(open_folder: Path, fresh_database: str) -> AsyncIterator[str]:
    """The address of a database behind such a server, without options."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(open_folder / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(open_folder / "another.pem"))
    certificate.private_key_pem.write_to_path(str(open_folder / "server.key"))
    certificate.cert_chain_pems[0].write_to_path(str(open_folder / "server.crt"))
    for name in ("server.key", "server.crt"):
        (open_folder / name).chmod(0o644)
    options = verified_by(open_folder / "ca.pem")
    async with pgbouncer(
        open_folder,
        fresh_database,
        mode="session",
        size=40,
        more=_TLS.format(folder=open_folder),
        options=options,
    ) as url:
        yield url


async def test_the_service_and_its_migrations_verify_the_servers_certificate(
    tls_only: str, open_folder: Path, tmp_path: Path
) -> None:
    url = tls_only + verified_by(open_folder / "ca.pem")
    await migrate(url)
    async with running_world(url, tmp_path / "spool") as world:
        payment = await world.open_payment()
        assert (await world.read_payment(payment["id"]))["status"] == "open"
        assert (await world.api.get("/ready")).status_code == 200
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM payment") == 1


async def test_another_authoritys_certificate_is_refused(tls_only: str, open_folder: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await migrate(tls_only + verified_by(open_folder / "another.pem"))


async def test_a_connection_without_tls_is_refused(tls_only: str) -> None:
    with pytest.raises(asyncpg.PostgresError, match="SSL required"):
        await migrate(f"{tls_only}?sslmode=disable")
