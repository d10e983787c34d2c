"""Payments in PostgreSQL: one statement loads many of them, one commits a batch of changes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from payment_engine.db import models
from payment_engine.db.commit_statement import (
    CHANGE_PARAMETERS,
    EXTRA_PARAMETERS,
    OPEN_PARAMETERS,
    add_key_statement,
    change_statement,
    open_statement,
)
from payment_engine.db.connection import Connections
from payment_engine.db.load_statement import VERSIONS, load_statement
from payment_engine.db.row_documents import reader, writer
from payment_engine.domain.card_testing import DeclineTimes
from payment_engine.domain.commit import Commit, CommitResult, FateUnknown, KeyRow
from payment_engine.domain.payment import Attempt, Payment, Refund, Snapshot
from payment_engine.domain.store import (
    BatchRefused,
    CustomerLimits,
    Load,
    Loaded,
    MerchantFacts,
)

_PASSING = ("40", "55P03", "57014")
"""SQLSTATE classes of what other transactions caused: the same change may be written later."""
_REFUSALS = ("21", "22", "23", *_PASSING)
"""SQLSTATE classes that prove that the database wrote nothing."""
_NO_ANSWER = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""InternalClientError: the statement was sent just as the server ended the connection."""

_WRITTEN = """
SELECT EXISTS (SELECT FROM payment_event WHERE change_id = $2 AND payment_id = $1)
"""
_KEY = """
SELECT row_to_json(k)::text AS key FROM idempotency_key k WHERE k.merchant_id = $1 AND k.key = $2
"""
OF_ORDER = """
SELECT p.id FROM (SELECT * FROM payment WHERE order_id = $2 OFFSET 0) p
WHERE p.merchant_id = $1 ORDER BY p.created_at
"""


_read_payment = reader(Payment, models.Payment)
_read_attempt = reader(Attempt, models.Attempt)
_read_refund = reader(Refund, models.Refund)
_read_key = reader(KeyRow, models.IdempotencyKey)
_WRITERS = {
    "claims": writer(models.IdempotencyKey),
    "payments": writer(models.Payment),
    "attempts": writer(models.Attempt),
    "refunds": writer(models.Refund),
    "events": writer(models.PaymentEvent),
    "webhooks": writer(models.InboxWebhook),
    "consents": writer(models.Consent),
}


class PostgresPaymentStore:
    """The payment store of production."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def load(self, loads: Sequence[Load]) -> list[Loaded | None]:
        """The requested payments, in one statement for each kind of load."""
        alike: defaultdict[tuple[str, bool], list[int]] = defaultdict(list)
        for position, load in enumerate(loads):
            alike[load.find, load.for_attempt].append(position)
        loaded: list[Loaded | None] = [None] * len(loads)
        for (find, for_attempt), positions in alike.items():
            statement = load_statement(find, for_attempt=for_attempt)
            rows = await self._connections.fetch(
                statement, *_load_values([loads[position] for position in positions])
            )
            for row in rows:
                loaded[positions[row["n"] - 1]] = self._loaded(orjson.loads(row["loaded"]))
        return loaded

    async def commit(self, batch: Sequence[Commit]) -> list[CommitResult]:
        """Write a batch, in which either all changes open payments or none does."""
        opening = batch[0].expected is None
        documents = self._documents(batch)
        extras = any(documents[name] for name in EXTRA_PARAMETERS)
        statement = open_statement() if opening else change_statement(extras=extras)
        more = EXTRA_PARAMETERS if extras else ()
        names = OPEN_PARAMETERS if opening else (*CHANGE_PARAMETERS, *more)
        values = [orjson.dumps(documents[name]).decode() for name in names]
        try:
            rows = await self._connections.fetch(statement, *values)
        except asyncpg.PostgresError as error:
            raise _refused(error) or FateUnknown(type(error).__name__) from error
        except _NO_ANSWER as error:
            raise FateUnknown(type(error).__name__) from error
        results = {row["n"]: CommitResult(row["outcome"]) for row in rows}
        return [results[number] for number in range(len(batch))]

    async def was_written(self, payment_id: str, change_id: str) -> bool:
        """Whether the change of this id was committed."""
        rows = await self._connections.fetch(_WRITTEN, payment_id, change_id)
        return bool(rows[0][0])

    async def key(self, merchant_id: str, key: str) -> KeyRow | None:
        """The earlier use of an Idempotency-Key."""
        rows = await self._connections.fetch(_KEY, merchant_id, key)
        return _read_key(orjson.loads(rows[0]["key"])) if rows else None

    async def add_key(self, row: KeyRow) -> bool:
        """Store a key with its answer, for a call that changes nothing; False if it was used."""
        document = _WRITERS["claims"](0, row)
        return bool(
            await self._connections.fetch(add_key_statement(), orjson.dumps([document]).decode())
        )

    async def ids_of_order(self, merchant_id: str, order_id: str) -> list[str]:
        """The ids of every payment of an order, oldest first."""
        rows = await self._connections.fetch(OF_ORDER, merchant_id, order_id)
        return [row["id"] for row in rows]

    async def versions(self, payment_ids: Collection[str]) -> dict[str, int]:
        """The version of each of these payments that exists."""
        rows = await self._connections.fetch(VERSIONS, list(payment_ids))
        return {row["id"]: row["version"] for row in rows}

    def _documents(self, batch: Sequence[Commit]) -> dict[str, list[dict[str, Any]]]:
        documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for number, change in enumerate(batch):
            self._add(documents, number, change)
        return documents

    def _add(self, documents: dict[str, list[dict[str, Any]]], number: int, change: Commit) -> None:
        write, claim, webhook = _WRITERS, change.claim, change.webhook
        documents["changes"].append(
            {
                "n": number,
                "payment_id": change.payment.id,
                "expected": change.expected,
                "merchant_id": claim.merchant_id if claim else None,
                "key": claim.key if claim else None,
                "gateway": webhook.gateway if webhook else None,
                "event_id": webhook.event_id if webhook else None,
            }
        )
        documents["payments"].append(write["payments"](number, change.payment))
        documents["attempts"] += [write["attempts"](number, row) for row in change.attempts]
        documents["refunds"] += [write["refunds"](number, row) for row in change.refunds]
        documents["events"] += [
            {**write["events"](number, event), "o": ordinal}
            for ordinal, event in enumerate(change.events)
        ]
        documents["messages"] += [
            {**_plain(message), "n": number, "state": "ready", "attempts": 0}
            for message in change.messages
        ]
        created = change.events[0].at
        documents["jobs"] += [
            {**_plain(job), "n": number, "attempts": 0, "created_at": created}
            for job in change.jobs
        ]
        documents["withdrawn"] += [{**_plain(job), "n": number} for job in change.withdrawn]
        for name, row in (("claims", claim), ("answers", change.answer)):
            documents[name] += [write["claims"](number, row)] if row else []
        documents["webhooks"] += [write["webhooks"](number, webhook)] if webhook else []
        for name, guard in (("limits", change.limits), ("links", change.link)):
            documents[name] += [{**_plain(guard), "n": number}] if guard else []
        documents["consents"] += (
            [write["consents"](number, change.consent)] if change.consent else []
        )
        documents["used"] += [
            {"n": number, "id": instrument, "at": created} for instrument in change.used_instruments
        ]

    def _loaded(self, document: dict[str, Any]) -> Loaded:
        snapshot = Snapshot(
            payment=_read_payment(document["payment"]),
            attempts=tuple(map(_read_attempt, document["attempts"] or ())),
            refunds=tuple(map(_read_refund, document["refunds"] or ())),
            hidden_methods=tuple(document["hidden_methods"] or ()),
        )
        merchant, limits = document.get("merchant"), document.get("limits")
        declines = document.get("declines")
        return Loaded(
            snapshot=snapshot,
            superseded=document["superseded"],
            key=_read_key(document["key"]) if document["key"] else None,
            process_alive=bool(document["process_alive"]),
            merchant=MerchantFacts(**merchant) if merchant else None,
            limits=CustomerLimits(**limits) if limits else None,
            declines=_decline_times(declines) if declines else None,
        )


def _refused(error: asyncpg.PostgresError) -> BatchRefused | None:
    """The refusal of a batch; None if the error leaves open what became of it."""
    state = str(error.sqlstate)
    if not state.startswith(_REFUSALS):
        return None
    rule = getattr(error, "constraint_name", None)
    return BatchRefused(type(error).__name__, rule, passing=state.startswith(_PASSING))


def _load_values(loads: Sequence[Load]) -> list[object]:
    values: list[object] = [
        [load.id for load in loads],
        [load.merchant_id for load in loads],
        [load.key for load in loads],
    ]
    if loads[0].for_attempt:
        queries = [load.declines for load in loads]
        values += [
            [load.now for load in loads],
            [query and query.since for query in queries],
            [_hex(query.origin.address) if query else None for query in queries],
            [_hex(query.origin.bin) if query else None for query in queries],
        ]
    return values


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _decline_times(document: dict[str, list[str] | None]) -> DeclineTimes:
    return DeclineTimes(
        **{
            name: tuple(map(datetime.fromisoformat, found or ()))
            for name, found in document.items()
        }
    )


def _plain(value: Any) -> dict[str, Any]:
    """The fields of a value that has no bytes, by name."""
    return {field: getattr(value, field) for field in value.__slots__}
