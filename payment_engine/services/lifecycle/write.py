"""Writes one commit, and finds out whether it was written if the database did not answer.

A statement whose connection broke may still be running: that the change is not there yet does not
prove that it never will be. As long as the payment has not moved, the same change can be sent
again; once it has moved, a second look is final.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from payment_engine.db.errors import database_away
from payment_engine.domain.commit import Commit, CommitResult, FateUnknown, Overloaded
from payment_engine.domain.errors import Unavailable
from payment_engine.domain.store import Load, Loaded
from payment_engine.engine import Engine

T = TypeVar("T")

_LOOKUPS_OF_INTENT = 5
"""A caller is told to come back after 1.5 seconds."""
_LOOKUPS_OF_REPORT = 12
"""What a gateway reported is written if the database is back within 15 seconds."""
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0
"""Seconds before the second look; each further wait is twice as long, up to the longest."""
_RETRY_AFTER = 2

_log = structlog.get_logger()


async def write(engine: Engine, commit: Commit, *, intent: bool) -> CommitResult:
    """Write a change; LOST if the database did not answer and the change is not there by now.

    Raises Unavailable for an intent that is shed or if nobody can tell whether the change was
    written, BatchRefused if the database refused it.
    """
    try:
        return await engine.committer.commit(commit, intent=intent)
    except Overloaded:
        raise Unavailable(
            "more changes wait than the database can write", retry_after=_RETRY_AFTER
        ) from None
    except FateUnknown as error:
        _log.warning("commit_without_answer", error=str(error), payment=commit.payment.id)
        found = await was_written(engine, commit, intent=intent)
        return CommitResult.WRITTEN if found else CommitResult.LOST


async def was_written(engine: Engine, commit: Commit, *, intent: bool) -> bool:
    """Look the change up by its id; raises Unavailable if the database does not answer."""
    payment_id, store = commit.payment.id, engine.committer.store
    return await _repeated(
        lambda: store.was_written(payment_id, commit.id), lambda _: True, intent=intent
    )


async def load_patiently(engine: Engine, load: Load, *, intent: bool) -> Loaded | None:
    """Load a payment to be changed, again if the connection breaks: what a gateway has reported
    must not be lost with it. Raises Unavailable if the database does not answer."""
    return await _repeated(lambda: engine.committer.load(load), database_away, intent=intent)


async def _repeated(
    read: Callable[[], Awaitable[T]], passes: Callable[[Exception], bool], *, intent: bool
) -> T:
    for number in range(_LOOKUPS_OF_INTENT if intent else _LOOKUPS_OF_REPORT):
        try:
            return await read()
        except Exception as error:
            if not passes(error):
                raise
            _log.warning("database_read_failed", error=type(error).__name__)
            await asyncio.sleep(min(_FIRST_WAIT * 2**number, _LONGEST_WAIT))
    raise Unavailable("the database does not answer", retry_after=_RETRY_AFTER)
