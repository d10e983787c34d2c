"""What a gateway sends us: stored and applied, then looked up where it is no proof by itself."""

from collections.abc import Mapping

from payment_engine.db.job_queues import one_look
from payment_engine.engine import Engine
from payment_engine.services.job_handlers import HANDLERS
from payment_engine.services.queue import runner
from payment_engine.services.webhooks.receive import receive_webhook


async def accept_webhook(
    engine: Engine, gateway: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Store and apply a webhook, even if its sender leaves; raises as ``receive_webhook`` does.

    It may be acknowledged after that: the looks that it calls for go on by themselves.
    """
    received = receive_webhook(engine, gateway, headers, body)
    for attempt_id in await engine.critical.run(received):
        engine.critical.spawn(_look_up_now(engine, attempt_id))


async def _look_up_now(engine: Engine, attempt_id: str) -> None:
    """Run the job that looks up a charge in this process, unless a worker has it already."""
    for job in await runner.claim(engine, one_look(attempt_id), 1):
        await runner.run(engine, job, HANDLERS)
