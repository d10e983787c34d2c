"""The processes that serve for months: the API and the worker."""

import asyncio
import sys

import structlog

from payment_engine.commands import command_settings
from payment_engine.open_files import allow_many
from payment_engine.settings import Settings


def api() -> None:
    """Serve the API."""
    from payment_engine.serve import serve

    settings = command_settings()
    asyncio.run(_refuse_if_gateways_are_missing(settings))
    allow_many()
    serve(settings)


def worker() -> None:
    """Run jobs and deliver messages to order services until stopped."""
    import uvloop

    from payment_engine.worker import work

    settings = command_settings()
    asyncio.run(_refuse_if_gateways_are_missing(settings))
    allow_many()
    uvloop.run(work(settings))


async def _refuse_if_gateways_are_missing(settings: Settings) -> None:
    """Exit if rows need a gateway that is configured no longer; not while the database is away, or
    not migrated yet."""
    import asyncpg

    from payment_engine.db.books import connected
    from payment_engine.db.errors import database_away
    from payment_engine.db.gateway_needs import needs_of_the_gone

    try:
        async with connected(settings.database_url) as connection:
            found = await needs_of_the_gone(connection, settings.gateways, settings.refund_windows)
    except Exception as error:
        unmigrated = (asyncpg.UndefinedTableError, asyncpg.InvalidCatalogNameError)
        if not (database_away(error) or isinstance(error, unmigrated)):
            raise
        structlog.get_logger().warning("gateways_not_checked", error=type(error).__name__)
        return
    if found:
        lines = (
            f"{need.gateway}: {need.attempts} open attempts, {need.refunds} open refunds, "
            f"{need.jobs} jobs, {need.refundable} attempts with money that may be refunded"
            for need in found
        )
        sys.exit(
            "These gateways are configured no longer, and needed:\n"
            + "\n".join(lines)
            + "\nConfigure them; PE_CLOSED_GATEWAYS names those that take no new charges."
        )
