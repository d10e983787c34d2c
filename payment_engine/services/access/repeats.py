"""Actions of people on call that are sent again under one Idempotency-Key: each is done once.

They have no commit of their own that could store the answer, so the key is claimed before and
answered after the work. One whose process died is done again after a minute: all actions may be.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from tortoise.exceptions import IntegrityError

from payment_engine.db.models import IdempotencyKey
from payment_engine.domain.commit import KeyRow
from payment_engine.domain.errors import IdempotencyInProgress
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import (
    Answer,
    IdempotentCall,
    answered_key,
    claimed_key,
    earlier_answer,
)


async def done_once(
    engine: Engine,
    call: IdempotentCall,
    status: int,
    work: Callable[[], Awaitable[Mapping[str, object]]],
) -> Answer:
    """Do the work once for this key, and give its answer to every repetition.

    A work that raises leaves the key unused. Raises IdempotencyMismatch, IdempotencyInProgress.
    """
    earlier = await _claim(engine, call)
    if earlier:
        return earlier
    rows = IdempotencyKey.filter(merchant_id=call.merchant_id, key=call.key)
    try:
        answer = Answer(status, await work())
    except BaseException:
        await rows.delete()
        raise
    row = answered_key(engine, call, "", answer)
    await rows.update(status_code=row.status_code, response=row.response)
    return answer


async def _claim(engine: Engine, call: IdempotentCall) -> Answer | None:
    """Take the key; its answer if it has one."""
    row = claimed_key(engine, call, "")
    try:
        await IdempotencyKey.create(
            merchant_id=row.merchant_id,
            key=row.key,
            fingerprint=row.fingerprint,
            resource_id=row.resource_id,
            process_id=row.process_id,
            created_at=row.created_at,
        )
    except IntegrityError:
        return await _earlier(engine, call, row.created_at)
    return None


async def _earlier(engine: Engine, call: IdempotentCall, now: datetime) -> Answer | None:
    row = await IdempotencyKey.get_or_none(merchant_id=call.merchant_id, key=call.key)
    if row is None:
        raise IdempotencyInProgress(retry_after=1)
    known = KeyRow(
        merchant_id=row.merchant_id,
        key=row.key,
        fingerprint=row.fingerprint,
        resource_id=row.resource_id,
        process_id=row.process_id,
        created_at=row.created_at,
        status_code=row.status_code,
        response=row.response,
    )
    earlier = earlier_answer(engine, call, known, alive=True)
    if isinstance(earlier, Answer):
        return earlier
    mine = IdempotencyKey.filter(id=row.id, created_at=row.created_at, response__isnull=True)
    if not await mine.update(created_at=now, process_id=engine.process_id):
        raise IdempotencyInProgress(retry_after=1)
    return None
