"""Idempotency keys: each is claimed with the intent, and its answer is replayed."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import orjson

from payment_engine.db import idempotency_keys
from payment_engine.db.connection import Connection
from payment_engine.db.models import IdempotencyKey
from payment_engine.domain.errors import IdempotencyInProgress, IdempotencyMismatch
from payment_engine.engine import Engine

IN_FLIGHT = timedelta(seconds=60)
"""Longer than any gateway call: after this, the process that claimed the key is dead."""

_PURPOSE = "fingerprint"


@dataclass(frozen=True, kw_only=True)
class IdempotentCall:
    """A request with an idempotency key, whose repetitions must have one effect."""

    merchant_id: str
    key: str
    fingerprint: bytes
    former: bytes | None = None
    """The fingerprint under the root secret before its last rotation."""


@dataclass(frozen=True)
class Answer:
    """A document and its HTTP status, sent again to every repetition under the same key."""

    status: int
    body: Mapping[str, object]

    @classmethod
    def done(cls, document: Mapping[str, object]) -> Self:
        """The request is done, or was done before."""
        return cls(200, document)

    @classmethod
    def created(cls, document: Mapping[str, object]) -> Self:
        """Something new exists."""
        return cls(201, document)

    @classmethod
    def accepted(cls, document: Mapping[str, object]) -> Self:
        """The outcome is not known yet."""
        return cls(202, document)


class AlreadyClaimed(Exception):
    """The key was used before: the intent just prepared must not be written."""


def fingerprinted(
    engine: Engine, merchant_id: str, key: str, route: str, body: bytes
) -> IdempotentCall:
    """The call with a keyed hash of its content; the order of JSON members does not matter."""
    canonical = orjson.dumps(orjson.loads(body or b"{}"), option=orjson.OPT_SORT_KEYS)
    content = route.encode() + b"\n" + canonical
    former = engine.sealer.derive_previous(_PURPOSE)
    return IdempotentCall(
        merchant_id=merchant_id,
        key=key,
        fingerprint=hmac.digest(engine.sealer.derive(_PURPOSE), content, hashlib.sha256),
        former=hmac.digest(former, content, hashlib.sha256) if former else None,
    )


async def claim(engine: Engine, tx: Connection, call: IdempotentCall, resource_id: str) -> None:
    """Take the key in the intent's own transaction; raises AlreadyClaimed, which undoes it."""
    claimed = await idempotency_keys.claim(
        tx,
        call.merchant_id,
        call.key,
        fingerprint=call.fingerprint,
        resource_id=resource_id,
        now=engine.now(),
    )
    if not claimed:
        raise AlreadyClaimed


async def repoint(tx: Connection, call: IdempotentCall, resource_id: str) -> None:
    """Point the key at another row, which replaces the one that it was claimed for."""
    await idempotency_keys.repoint(tx, call.merchant_id, call.key, resource_id)


async def once(
    engine: Engine,
    call: IdempotentCall,
    start: Callable[[], Awaitable[Answer]],
    resume: Callable[[str], Awaitable[Answer]],
) -> Answer:
    """Do ``start`` once for this key, and give its answer to every repetition.

    ``start`` claims the key with its intent. If the process that did so died before it had an
    answer, ``resume`` makes one from what became of the claimed row, by its id. Raises
    IdempotencyMismatch for another request under the key, IdempotencyInProgress while the first
    one runs.
    """
    try:
        answer = await start()
    except AlreadyClaimed:
        earlier = await earlier_answer(engine, call)
        if earlier is None:
            return await once(engine, call, start, resume)
        if isinstance(earlier, Answer):
            return earlier
        answer = await resume(earlier)
    await store_answer(engine, call, answer)
    return answer


async def earlier_answer(engine: Engine, call: IdempotentCall) -> Answer | str | None:
    """The stored answer; or the id of the key's row, if it has no answer; None for a new key.

    Raises IdempotencyMismatch and IdempotencyInProgress.
    """
    row = await IdempotencyKey.get_or_none(merchant_id=call.merchant_id, key=call.key)
    if row is None:
        return None
    valid = (call.fingerprint, call.former or call.fingerprint)
    if not any(hmac.compare_digest(row.fingerprint, each) for each in valid):
        raise IdempotencyMismatch(
            "this Idempotency-Key was used for another request: send a new key"
        )
    if row.response is not None and row.status_code is not None:
        return Answer(row.status_code, orjson.loads(_unseal(engine, call, row.response)))
    if engine.now() - row.created_at < IN_FLIGHT:
        raise IdempotencyInProgress(retry_after=1)
    return row.resource_id


async def store_answer(
    engine: Engine, call: IdempotentCall, answer: Answer, tx: Connection | None = None
) -> None:
    """Store the answer for repetitions."""
    await idempotency_keys.store_answer(
        tx or engine.db.connection,
        call.merchant_id,
        call.key,
        status=answer.status,
        response=_seal(engine, call, answer),
    )


def answered_key(
    engine: Engine, call: IdempotentCall, resource_id: str, answer: Answer
) -> IdempotencyKey:
    """The row of a key that is claimed and answered at once, not yet written."""
    return IdempotencyKey(
        merchant_id=call.merchant_id,
        key=call.key,
        fingerprint=call.fingerprint,
        resource_id=resource_id,
        status_code=answer.status,
        response=_seal(engine, call, answer),
        created_at=engine.now(),
    )


def _seal(engine: Engine, call: IdempotentCall, answer: Answer) -> bytes:
    """An answer is encrypted at rest: it may contain a checkout token."""
    return engine.sealer.seal(orjson.dumps(answer.body), _row_id(call))


def _unseal(engine: Engine, call: IdempotentCall, response: bytes) -> bytes:
    return engine.sealer.open(response, _row_id(call))


def _row_id(call: IdempotentCall) -> str:
    return f"{call.merchant_id}:{call.key}"
