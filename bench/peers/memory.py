"""Our own handlers over the store in memory: what they cost without PostgreSQL.

Takes the settings of the engine; only API keys are read from its database.
"""

from payment_engine.app import create_app
from payment_engine.db.committer import Committer
from payment_engine.environment import load
from payment_engine.serve import serve_app
from payment_engine.simulator.memory_store import MemoryPaymentStore


def main() -> None:
    """Serve until stopped."""
    settings = load()
    app = create_app(settings)

    @app.after_server_start
    async def forget_database(app: object) -> None:
        engine = app.ctx.engine
        engine.committer = Committer(MemoryPaymentStore(now=engine.now))

    serve_app(app, settings)


if __name__ == "__main__":
    main()
