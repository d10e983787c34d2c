"""Whether a process can do its work."""

import asyncio
from collections.abc import Callable

from payment_engine.db.schema_version import missing_migrations
from payment_engine.domain.errors import Unavailable
from payment_engine.encryption import OTHER_ROOT, BadSeal
from payment_engine.engine import Engine
from payment_engine.services.access.notify_secrets import check_root

_PATIENCE = 5.0
"""Seconds after which a process that does not say whether it is ready is not."""


async def check_ready(engine: Engine) -> None:
    """Raises Unavailable without a gateway, until the database has this release's schema, and with
    the root secret of another database."""
    if not engine.gateways:
        raise Unavailable("no gateway is configured: set PE_GATEWAYS__<NAME>__...")
    if missing := await missing_migrations(engine.db):
        raise Unavailable(f"the database lacks {missing[0]}: run payment-engine migrate")
    try:
        await check_root(engine)
    except BadSeal:
        raise Unavailable(OTHER_ROOT) from None


def ready_probe(engine: Engine, stop: asyncio.Event) -> Callable[[], str | None]:
    """The same, for another thread than the one in whose loop this is called: what is wrong."""
    loop = asyncio.get_running_loop()

    def fault() -> str | None:
        if stop.is_set():
            return "this process is stopping"
        try:
            asyncio.run_coroutine_threadsafe(check_ready(engine), loop).result(_PATIENCE)
        except Unavailable as error:
            return error.detail
        except Exception as error:  # noqa: BLE001 - whatever it is, the database does not answer
            return f"the database does not answer: {type(error).__name__}"
        return None

    return fault
