"""The collection of raw exchanges: what motor and PyMongo's own async client have in common."""

from collections.abc import Mapping
from typing import Any

import structlog
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import BulkWriteError, OperationFailure

logger = structlog.get_logger()

DATABASE = "payment_engine"
COLLECTION = "gateway_exchanges"
_DUPLICATE = 11000
_OTHER_OPTIONS = 85
_DAY = 24 * 3600


class Exchanges:
    """Raw exchanges in MongoDB, each forgotten ``days`` after it happened.

    Every coroutine raises PyMongoError when the server does not answer.
    """

    def __init__(self, mongo_url: str, days: int) -> None:
        self._client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
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
        self._seconds = days * _DAY
        self._indexed = False

    async def reach(self) -> None:
        """Hear from the server; the first time, see to the indexes."""
        await self._client.admin.command("ping")
        if self._indexed:
            return
        try:
            await self._index()
            self._indexed = True
        except OperationFailure as error:
            logger.exception("raw_log_not_indexed", code=error.code)

    async def insert(self, documents: list[RawBSONDocument]) -> int:
        """Write the documents in one go; how many were not there before."""
        if not documents:
            return 0
        try:
            await self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            details = error.details or {}
            if details.get("writeConcernErrors") or any(
                fault.get("code") != _DUPLICATE for fault in details.get("writeErrors", ())
            ):
                raise
            return int(details["nInserted"])
        return len(documents)

    async def latest(self, query: Mapping[str, str], limit: int) -> list[dict[str, Any]]:
        """The latest ``limit`` that fit, latest first."""
        cursor = self._collection.find(query).sort([("at", -1), ("_id", -1)]).limit(limit)
        return list(await cursor.to_list(limit))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    async def _index(self) -> None:
        for field in ("context.payment", "context.attempt"):
            await self._collection.create_index([(field, 1), ("at", 1)])
        try:
            await self._collection.create_index([("at", 1)], expireAfterSeconds=self._seconds)
        except OperationFailure as error:
            if error.code != _OTHER_OPTIONS:
                raise
            index = {"keyPattern": {"at": 1}, "expireAfterSeconds": self._seconds}
            await self._database.command("collMod", COLLECTION, index=index)
