"""Erases the personal data of payments once its time is over; what is money stays.

Each payment is a change like any other, guarded by its revision and noted in its history. Whether
it was erased is in its row, so that a walk goes on where another process, or this one, ended.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from payment_engine import metrics
from payment_engine.db.erasure import START, next_not_erased
from payment_engine.domain.erasure import erase, may_be_erased
from payment_engine.domain.errors import EngineError
from payment_engine.domain.events import Source
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.store import BatchRefused, Loaded
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.change import NOTHING_BESIDE, Beside
from payment_engine.services.lifecycle.outcomes import change_known
from payment_engine.services.lifecycle.read import load_payments

_log = structlog.get_logger()


class Erasure:
    """The walk of one process through all payments that still have personal data.

    A batch are the payments of one statement; a round ends after ``most`` batches. Payments that
    may not be erased yet are passed over until the walk begins anew, once it reached its end.
    """

    def __init__(self, *, batch: int = 50, most: int = 100) -> None:
        self._batch, self._most = batch, most
        self._after = START

    async def walk(self, engine: Engine) -> int:
        """Erase what is past its time; returns 1 if there are more payments to look at, or 0.

        It rests after each batch for as long as that took. Nothing is erased while this machine's
        clock is off.
        """
        if engine.heartbeat.clock_is_off():
            return 0
        for _ in range(self._most):
            began = engine.monotonic()
            if not await self._erase_batch(engine):
                self._after = START
                return 0
            await asyncio.sleep(engine.monotonic() - began)
        return 1

    async def _erase_batch(self, engine: Engine) -> bool:
        """Whether there may be more payments."""
        until = engine.now() - _stored_for(engine)
        found = await next_not_erased(engine.db, self._after, until, self._batch)
        erased = await erase_payments(engine, [each.id for each in found])
        if found:
            self._after = found[-1]
            _log.info("personal_data_erased", payments=erased, passed_over=len(found) - erased)
        return len(found) == self._batch


async def erase_payments(engine: Engine, ids: Sequence[str]) -> int:
    """Erase the personal data of those payments of which nobody needs it any more; how many."""
    known = [each for each in await load_payments(engine, ids) if _may_be_erased(engine, each)]
    erased = sum(await asyncio.gather(*(_erase(engine, each) for each in known)))
    metrics.payments_erased.inc(erased)
    return erased


def _stored_for(engine: Engine) -> timedelta:
    return timedelta(days=engine.settings.keep_personal_days)


def _may_be_erased(engine: Engine, snapshot: Snapshot) -> bool:
    windows = engine.settings.refund_windows
    return may_be_erased(snapshot, engine.now(), _stored_for(engine), windows)


async def _erase(engine: Engine, known: Snapshot) -> bool:
    """Whether it is erased; one that cannot be is logged, and does not hold up the others."""

    def decide(change: PaymentChange, loaded: Loaded) -> Beside:
        if _may_be_erased(engine, loaded.snapshot):
            erase(change)
        return NOTHING_BESIDE

    try:
        changed = await change_known(engine, known, decide, Source.RETENTION)
    except (EngineError, BatchRefused) as error:
        _log.warning("payment_not_erased", payment=known.payment.id, reason=str(error))
        return False
    return changed.snapshot.payment.erased_at is not None
