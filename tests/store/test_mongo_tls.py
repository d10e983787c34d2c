"""A MongoDB that takes connections by TLS alone, from those who know its password."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

import pytest
import trustme
from motor.motor_asyncio import AsyncIOMotorClient
from structlog.testing import capture_logs

from payment_engine.demo import mongo
from payment_engine.store.gateway_log import GatewayLog
from tests.store.traffic import exchange, until
from tests.world import running_world

USER, PASSWORD = "engine", "p@ss/word:1?"


@dataclass(frozen=True)
class Secured:
    """The server, the authority of its certificate, and another one."""

    port: int
    authority: Path
    another: Path

    def url(self, *, password: str = PASSWORD, authority: Path | None = None) -> str:
        """As an operator writes it into PE_MONGO_URL."""
        user = f"{USER}:{quote_plus(password)}"
        options = f"authSource=admin&tls=true&tlsCAFile={authority or self.authority}"
        return f"mongodb://{user}@127.0.0.1:{self.port}/payment_engine?{options}"


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    authority, another = tmp_path / "ca.pem", tmp_path / "another.pem"
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(authority))
    trustme.CA().cert_pem.write_to_path(str(another))
    issued = issuer.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    options = [
        *("--auth", "--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates"),
        *("--tlsCertificateKeyFile", str(tmp_path / "server.pem"), "--tlsCAFile", str(authority)),
    ]
    try:
        server = mongo.start(tmp_path / "data", more=options)
    except mongo.MongoUnavailable as reason:
        pytest.skip(str(reason))
    await _add_users(f"127.0.0.1:{server.port}/?tls=true&tlsCAFile={authority}")
    try:
        yield Secured(server.port, authority, another)
    finally:
        server.stop()


async def _add_users(server: str) -> None:
    """The administrator, whom a new server lets its own machine add, and by them the service."""
    roles = [{"role": role, "db": "payment_engine"} for role in ("readWrite", "dbAdmin")]
    for who, user, password, granted in (
        ("", "admin", "first", ["root"]),
        ("admin:first@", USER, PASSWORD, roles),
    ):
        client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(
            f"mongodb://{who}{server}"
        )
        try:
            await client.admin.command("createUser", user, pwd=password, roles=granted)
        finally:
            client.close()


async def test_raw_exchanges_go_to_a_server_with_tls_and_a_password(
    secured: Secured, database: str, tmp_path: Path
) -> None:
    async with running_world(database, tmp_path / "spool", mongo_url=secured.url()) as world:
        paid = await world.paid_payment()
        path = f"/v1/admin/payments/{paid['id']}/timeline"
        kinds: set[str] = set()
        async with asyncio.timeout(30):
            while "exchange" not in kinds:  # they are stored beside the payment's path
                timeline = (await world.get(path, world.keys.admin_key)).json()
                kinds = {row["kind"] for row in timeline["timeline"]}
        assert timeline["raw_log"] == "healthy"
        assert (await world.api.get("/ready")).json()["raw_log"] == "healthy"
        assert await world.engine.raw_log.ping() is None


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"password": "not it"}, "Authentication failed"),
        ({"authority": True}, "certificate verify failed"),
    ],
)
async def test_a_wrong_password_or_certificate_is_named_and_payments_go_on(
    secured: Secured, tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    given = {"authority": secured.another} if "authority" in wrong else wrong
    log = GatewayLog(secured.url(**given), spool_dir=tmp_path / "spool", days=1)  # type: ignore[arg-type]
    with capture_logs() as logs:
        await log.start()
        log.record(exchange())
        advice = await log.ping()
        await until(lambda: "raw_log_lost" in {line["event"] for line in logs})
        await log.close(5)
    assert reason in (advice or "")
    assert not log.healthy
    assert await log.spilled_bytes() > 0
    for secret in (PASSWORD, quote_plus(PASSWORD), "not it"):
        assert secret not in f"{advice}{logs}"


async def test_a_server_with_tls_takes_no_plain_connection(
    secured: Secured, tmp_path: Path
) -> None:
    plain = secured.url().partition("&tls=")[0]
    log = GatewayLog(plain, spool_dir=tmp_path / "spool", days=1)
    assert await log.ping()
