"""Our own handlers over the store in memory: what they cost without PostgreSQL.

Takes the settings of the engine; only API keys are read from its database.
"""

import uvloop

from payment_engine.app import create_app
from payment_engine.collector import settle
from payment_engine.db.committer import Committer
from payment_engine.settings import load
from payment_engine.simulator.memory_store import MemoryPaymentStore


def main() -> None:
    """Serve until stopped."""
    uvloop.install()
    settings = load()
    app = create_app(settings)

    @app.after_server_start
    async def forget_database(app: object) -> None:
        engine = app.ctx.engine
        engine.committer = Committer(MemoryPaymentStore(now=engine.now))
        settle()

    app.run(
        host=settings.host,
        port=settings.api_port,
        single_process=True,
        access_log=False,
        motd=False,
    )


if __name__ == "__main__":
    main()
