"""Looks for what is wrong with an installation, and says in one line each what to do about it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from payment_engine import metrics
from payment_engine.brokers.base import BrokerAway
from payment_engine.db.errors import database_away
from payment_engine.db.schema_version import missing_migrations
from payment_engine.domain.gateway import ChargeKey, FailureCause, GatewayFailure
from payment_engine.domain.ids import new_id
from payment_engine.domain.money import Paise
from payment_engine.encryption import OTHER_ROOT, BadSeal
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Wire
from payment_engine.services.access.notify_secrets import check_root

_LEAST_FREE = 512 * 1024 * 1024
"""Bytes of disk that the spool should have: twice what it may take."""
_LOCAL = ("127.0.0.1", "localhost", "::1")
_PATIENCE = 15.0
_SEE_POSTGRESQL = "the database does not answer: see postgresql"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``advice`` is what to do about it; None if all is well."""

    subject: str
    advice: str | None = None


Check = Callable[[Engine], Awaitable[str | None]]


async def examine(engine: Engine) -> AsyncIterator[Finding]:
    """Every check in turn; one that hangs or fails is a finding like any other."""
    checks: dict[str, Check] = {
        "postgresql": _database,
        "migrations": _migrations,
        "clock": _clock,
        "mongodb": _mongodb,
        "spool": _spool,
        "broker": _broker,
        "secrets": _secrets,
        "public url": _public_url,
        "gateways": _gateways,
    }
    for subject, check in checks.items():
        yield Finding(subject, await _advice(check(engine)))
    for name, gateway in engine.gateways.items():
        yield Finding(f"keys of {name}", await _advice(_keys(gateway)))


async def _advice(check: Awaitable[str | None]) -> str | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await check
    except Exception as error:  # noqa: BLE001 - whatever it is, the next check is made
        if database_away(error):
            return _SEE_POSTGRESQL
        return f"this could not be checked: {type(error).__name__}"


async def _database(engine: Engine) -> str | None:
    try:
        await engine.db.oncall.fetch("SELECT 1")
    except Exception as error:  # noqa: BLE001 - of every kind, and none of our own
        reason = str(error).splitlines()[0] if str(error) else ""
        return f"correct PE_DATABASE_URL or start it: {type(error).__name__} {reason}".strip()
    return None


async def _migrations(engine: Engine) -> str | None:
    missing = await missing_migrations(engine.db)
    return f"run payment-engine migrate: {len(missing)} are missing" if missing else None


async def _clock(engine: Engine) -> str | None:
    """Compared by the heartbeat, which leaves out what a slow statement explains."""
    await engine.heartbeat.renew()
    if not engine.heartbeat.fresh():
        return _SEE_POSTGRESQL
    if not engine.heartbeat.clock_is_off():
        return None
    seconds = engine.heartbeat.clock_offset
    return f"set this machine's clock by NTP: it is {seconds:+.0f} s off the database's"


async def _mongodb(engine: Engine) -> str | None:
    if not engine.raw_log.uses_mongodb:
        return None
    error = await engine.raw_log.ping()
    return f"correct PE_MONGO_URL or start it: {error}" if error else None


async def _broker(engine: Engine) -> str | None:
    """Without one, messages go to each merchant's own address."""
    if engine.broker is None:
        return None
    broker = engine.broker.broker
    try:
        await broker.check()
        return await broker.advice()
    except BrokerAway as error:
        return f"correct PE_MESSAGES_BROKER or start {broker.name}: {error}"


async def _spool(engine: Engine) -> str | None:
    folder = engine.settings.spool_dir
    try:
        free = await asyncio.to_thread(_writable, os.fspath(folder))
    except OSError as error:
        return f"make PE_SPOOL_DIR ({folder}) writable for this process: {error.strerror}"
    if free < _LEAST_FREE:
        return f"make room in PE_SPOOL_DIR ({folder}): {free // 1024**2} MB of disk are free"
    return None


def _writable(folder: str) -> int:
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"probe")
    return shutil.disk_usage(folder).free


async def _secrets(engine: Engine) -> str | None:
    settings = engine.settings
    if settings.secret_previous and settings.secret_next:
        return "PE_SECRET_PREVIOUS and PE_SECRET_NEXT are both set: end one rotation first"
    try:
        await check_root(engine)
    except BadSeal:
        return OTHER_ROOT
    return None


async def _public_url(engine: Engine) -> str | None:
    url = engine.settings.public_url
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOCAL:
        return f"PE_PUBLIC_URL ({url}) must begin with https://"
    wire = Wire(metrics.ORDER_SERVICE, record=lambda _: None, total_timeout=5.0)
    try:
        answer = await wire.send("live", "GET", f"{url}/live", headers={}, allow=frozenset())
        body = answer.readable
    except GatewayFailure as failure:
        return f"PE_PUBLIC_URL ({url}) does not lead to the API: {failure.cause}"
    finally:
        await wire.aclose()
    if body != {"status": "live"}:
        return f"PE_PUBLIC_URL ({url}) leads elsewhere: its /live answers {answer.status}"
    return None


async def _gateways(engine: Engine) -> str | None:
    return None if engine.gateways else "configure one: PE_GATEWAYS__<NAME>__... (docs/gateways.md)"


async def _keys(gateway: Gateway) -> str | None:
    """They sign and verify a sample, and the gateway takes them for a look at a charge that does
    not exist."""
    setting = f"PE_GATEWAYS__{gateway.name.upper()}__..."
    if fault := gateway.check_keys():
        return f"correct {setting}: {fault}"
    key = ChargeKey(ref=new_id("att", 0).removeprefix("att_"), customer_ref="", amount=Paise(100))
    try:
        await gateway.fetch_charge(key)
    except GatewayFailure as failure:
        if failure.cause is FailureCause.UNAUTHORIZED:
            return f"correct {setting}: {gateway.name} refuses these keys"
        if failure.cause is FailureCause.FENCED:
            return _SEE_POSTGRESQL
        if failure.cause is not FailureCause.REFUSED:
            return f"let this machine reach {gateway.name}: {failure.cause}"
    return None
