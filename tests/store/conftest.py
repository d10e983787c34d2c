"""A MongoDB that a test may stop and start, and the counted outcomes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection

from payment_engine.demo import mongo
from tests.store.traffic import Outcomes


@dataclass
class OwnMongo:
    folder: Path
    server: mongo.Mongo
    runs: bool = True

    @property
    def url(self) -> str:
        return self.server.url

    def stop(self) -> None:
        self.server.stop()
        self.runs = False

    def start(self) -> None:
        self.server = mongo.start(self.folder, self.server.port)
        self.runs = True


@pytest.fixture
def own_mongo(tmp_path: Path) -> Iterator[OwnMongo]:
    try:
        server = mongo.start(tmp_path / "mongo")
    except mongo.MongoUnavailable as reason:
        pytest.skip(str(reason))
    own = OwnMongo(tmp_path / "mongo", server)
    yield own
    if own.runs:
        own.stop()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def outcomes() -> Outcomes:
    return Outcomes()


@pytest.fixture
async def collection(mongo_url: str) -> AsyncIterator[AsyncIOMotorCollection]:
    client = AsyncIOMotorClient(mongo_url, tz_aware=True)
    yield client.get_default_database()["gateway_exchanges"]
    client.close()
