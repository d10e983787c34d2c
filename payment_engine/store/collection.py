"""The collection of raw exchanges; it uses what motor and PyMongo's async client share."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

logger = structlog.get_logger()

DATABASE = "payment_engine"
COLLECTION = "gateway_exchanges"
_DUPLICATE = 11000
_INDEX_OPTIONS_CONFLICT = 85
_DAY_SECONDS = 24 * 3600


class Exchanges:
    """Raw exchanges in MongoDB, each deleted ``days`` after it happened.

    Every coroutine raises ``Error`` when the server does not answer.
    """

    Error = PyMongoError

    def __init__(self, mongo_url: str, days: int) -> None:
        self._client: AsyncIOMotorClient[Mapping[str, Any]] = AsyncIOMotorClient(
            mongo_url,
            serverSelectionTimeoutMS=2_000,
            connectTimeoutMS=2_000,
            socketTimeoutMS=10_000,
            maxPoolSize=4,
            tz_aware=True,
            appname="payment-engine",
        )
        self._database = self._client.get_default_database(default=DATABASE)
        self._collection = self._database[COLLECTION]
        self._expire_seconds = days * _DAY_SECONDS
        self._indexed = False

    async def connect(self) -> None:
        """Check that the server answers; the first time, create the indexes."""
        await self._client.admin.command("ping")
        if self._indexed:
            return
        try:
            await self._create_indexes()
            self._indexed = True
        except OperationFailure as error:
            logger.exception("raw_log_not_indexed", code=error.code)

    async def insert(self, documents: Sequence[RawBSONDocument]) -> int:
        """Write the documents in one call; how many of them were new."""
        if not documents:
            return 0
        try:
            await self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            if not _only_duplicates(details):
                raise
            return int(details["nInserted"])
        return len(documents)

    async def latest(
        self, contexts: Sequence[Mapping[str, str]], limit: int
    ) -> list[Mapping[str, Any]]:
        """The latest ``limit`` exchanges that have one of the contexts, latest first."""
        cursor = (
            self._collection.find(_query(contexts)).sort([("at", -1), ("_id", -1)]).limit(limit)
        )
        return list(await cursor.to_list(limit))

    async def count(self, contexts: Sequence[Mapping[str, str]], besides: Collection[Any]) -> int:
        """How many exchanges have one of the contexts, ``besides`` those with these ids."""
        query = {**_query(contexts), "_id": {"$nin": list(besides)}}
        return int(await self._collection.count_documents(query))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    async def _create_indexes(self) -> None:
        for field in ("context.payment", "context.attempt", "context.request_id"):
            await self._collection.create_index([(field, 1), ("at", 1)])
        try:
            await self._collection.create_index(
                [("at", 1)], expireAfterSeconds=self._expire_seconds
            )
        except OperationFailure as error:
            if error.code != _INDEX_OPTIONS_CONFLICT:
                raise
            index = {"keyPattern": {"at": 1}, "expireAfterSeconds": self._expire_seconds}
            await self._database.command("collMod", COLLECTION, index=index)


def _query(contexts: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    matches = [
        {f"context.{name}": value for name, value in context.items()} for context in contexts
    ]
    return {"$or": matches} if len(matches) > 1 else dict(matches[0])


def _only_duplicates(details: Mapping[str, Any]) -> bool:
    codes = {error.get("code") for error in details.get("writeErrors", ())}
    return codes <= {_DUPLICATE} and not details.get("writeConcernErrors")
