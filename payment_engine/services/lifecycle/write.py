"""Writes one commit, and finds out whether it was written if the database did not answer."""

import asyncio

import structlog

from payment_engine.domain.commit import Commit, CommitResult, FateUnknown, Overloaded
from payment_engine.domain.errors import Unavailable
from payment_engine.engine import Engine

_LOOKUPS = 5
_FIRST_WAIT = 0.05
"""Seconds before the second look; each further wait is twice as long."""
_RETRY_AFTER = 2

_log = structlog.get_logger()


async def write(engine: Engine, commit: Commit, *, intent: bool) -> CommitResult:
    """Write a change; raises Unavailable for an intent that is shed or if nobody can tell whether
    the change was written, BatchRefused if the database refused it.
    """
    try:
        return await engine.committer.commit(commit, intent=intent)
    except Overloaded:
        raise Unavailable(
            "more changes wait than the database can write", retry_after=_RETRY_AFTER
        ) from None
    except FateUnknown as error:
        _log.warning("commit_without_answer", error=str(error), payment=commit.payment.id)
        return await _fate(engine, commit)


async def _fate(engine: Engine, commit: Commit) -> CommitResult:
    """Look the change up by its id: written, or to be decided again."""
    for lookup in range(_LOOKUPS):
        try:
            found = await engine.committer.store.was_written(commit.payment.id, commit.id)
        except Exception as error:  # noqa: BLE001 - whatever failed, the fate is still unknown
            _log.warning("fate_unknown", error=type(error).__name__, payment=commit.payment.id)
            await asyncio.sleep(_FIRST_WAIT * 2**lookup)
        else:
            return CommitResult.WRITTEN if found else CommitResult.FASTER
    raise Unavailable("the database does not answer", retry_after=_RETRY_AFTER)
