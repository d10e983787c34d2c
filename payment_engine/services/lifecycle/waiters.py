"""Waiting for a payment to change, without asking any gateway or holding a connection."""

import asyncio

from payment_engine.db.errors import database_away
from payment_engine.db.snapshot import read_versions
from payment_engine.engine import Engine

_POLL_SECONDS = 0.25
_MOST_WAITERS = 2000
"""Beyond this a reader is answered at once and comes back by itself."""


async def wait_for_change(engine: Engine, payment_id: str, version: int, seconds: float) -> None:
    """Return as soon as the payment leaves ``version``, or after ``seconds``."""
    if engine.stopping or sum(map(len, engine.waiting.values())) >= _MOST_WAITERS:
        return
    changed = asyncio.Event()
    if engine.poll is None or engine.poll.done():
        engine.poll = engine.critical.spawn(_poll(engine))
    engine.waiting.setdefault(payment_id, {})[changed] = version
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        pass
    finally:
        engine.waiting[payment_id].pop(changed)
        if not engine.waiting[payment_id]:
            del engine.waiting[payment_id]


def wake(engine: Engine, payment_id: str, version: int) -> None:
    """Tell this process's waiters which version a payment has reached."""
    for changed, seen in engine.waiting.get(payment_id, {}).items():
        if version != seen:
            changed.set()


def stop_waiting(engine: Engine) -> None:
    """Answer everybody who waits, and whoever still comes: the process is stopping."""
    engine.stopping = True
    for waiters in engine.waiting.values():
        for changed in waiters:
            changed.set()


async def _poll(engine: Engine) -> None:
    """See what other processes changed: one statement a turn, however many wait."""
    await asyncio.sleep(0)
    while engine.waiting:
        try:
            versions = await read_versions(engine.db.connection, engine.waiting)
            for payment_id, version in versions.items():
                wake(engine, payment_id, version)
        except Exception as error:
            if not database_away(error):
                raise
        await asyncio.sleep(_POLL_SECONDS)
