"""Idempotency keys: each is claimed with the intent, and its answer is replayed."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Self

import orjson

from payment_engine.domain.commit import KeyRow
from payment_engine.domain.errors import IdempotencyInProgress, IdempotencyMismatch
from payment_engine.domain.store import Loaded
from payment_engine.engine import Engine

IN_FLIGHT = timedelta(seconds=60)
"""Longer than any call of ours: after this, the process that claimed the key has given up."""

_PURPOSE = "fingerprint"


@dataclass(frozen=True, kw_only=True)
class IdempotentCall:
    """A request with an idempotency key, whose repetitions must have one effect."""

    merchant_id: str
    key: str
    fingerprint: bytes
    others: tuple[bytes, ...] = ()
    """The fingerprints under the other root secrets that are valid."""


@dataclass(frozen=True)
class Answer:
    """A document and its HTTP status, sent again to every repetition under the same key.

    ``replayed``: this is such a repetition.
    """

    status: int
    body: Mapping[str, object]
    replayed: bool = False

    @cached_property
    def json(self) -> bytes:
        """The document as it is stored and sent."""
        return orjson.dumps(self.body)

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
    """The key was used before: its answer, or the id of what it was used for if it has none."""

    def __init__(self, earlier: Answer | str) -> None:
        super().__init__()
        self.earlier = earlier


def fingerprinted(
    engine: Engine, merchant_id: str, key: str, route: str, body: Any
) -> IdempotentCall:
    """The call with a keyed hash of its content; the order of JSON members does not matter."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    content = route.encode() + b"\n" + canonical
    fingerprint, *others = (
        hmac.digest(each, content, hashlib.sha256) for each in engine.sealer.derive_all(_PURPOSE)
    )
    return IdempotentCall(
        merchant_id=merchant_id, key=key, fingerprint=fingerprint, others=tuple(others)
    )


def check_unused(engine: Engine, call: IdempotentCall, loaded: Loaded) -> None:
    """Raise AlreadyClaimed if the call's key was used before, as it was loaded.

    Raises IdempotencyMismatch for another request under the key, IdempotencyInProgress while the
    first one runs.
    """
    if loaded.key:
        raise AlreadyClaimed(earlier_answer(engine, call, loaded.key, alive=loaded.process_alive))


def earlier_answer(
    engine: Engine, call: IdempotentCall, row: KeyRow, *, alive: bool
) -> Answer | str:
    """The stored answer of a used key; or the id of what it was used for, if it has no answer and
    the process that worked on it died.

    ``alive``: that process still sends heartbeats. Raises as ``check_unused`` does.
    """
    valid = (call.fingerprint, *call.others)
    if not any(hmac.compare_digest(row.fingerprint, each) for each in valid):
        raise IdempotencyMismatch(
            "this Idempotency-Key was used for another request: send a new key"
        )
    if row.response is not None and row.status_code is not None:
        body = orjson.loads(_unseal(engine, call, row.response))
        return Answer(row.status_code, body, replayed=True)
    if alive and engine.now() - row.created_at < IN_FLIGHT:
        raise IdempotencyInProgress(retry_after=1)
    return row.resource_id


def claimed_key(engine: Engine, call: IdempotentCall, resource_id: str) -> KeyRow:
    """The row of a key that this process takes and answers later, not yet written."""
    return _key_row(engine, call, resource_id)


def answered_key(engine: Engine, call: IdempotentCall, resource_id: str, answer: Answer) -> KeyRow:
    """The row of a key with its answer, not yet written."""
    sealed = _seal(engine, call, answer)
    return _key_row(engine, call, resource_id, status_code=answer.status, response=sealed)


def _key_row(engine: Engine, call: IdempotentCall, resource_id: str, **answer: Any) -> KeyRow:
    return KeyRow(
        merchant_id=call.merchant_id,
        key=call.key,
        fingerprint=call.fingerprint,
        resource_id=resource_id,
        process_id=engine.process_id,
        created_at=engine.now(),
        **answer,
    )


def _seal(engine: Engine, call: IdempotentCall, answer: Answer) -> bytes:
    """An answer is encrypted at rest: it may contain a checkout token."""
    return engine.sealer.seal(answer.json, _row_id(call))


def _unseal(engine: Engine, call: IdempotentCall, response: bytes) -> bytes:
    return engine.sealer.open(response, _row_id(call))


def _row_id(call: IdempotentCall) -> str:
    return f"{call.merchant_id}:{call.key}"
