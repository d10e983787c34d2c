"""Messages to streams of Redis, one a merchant. Redis stores a message again that is sent again."""

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from payment_engine.brokers.base import CONNECT_PATIENCE, PATIENCE, BrokerAway, BrokerMessage
from payment_engine.domain.broker_address import BrokerAddress

_FAILURES = (RedisError, OSError, asyncio.TimeoutError)
_CONNECTIONS = 8


class RedisStreams:
    """The streams ``payments:<merchant id>`` of a database of Redis.

    The fields of an entry are the headers of the message and ``body``.
    """

    name = "Redis Streams"

    def __init__(self, address: BrokerAddress) -> None:
        [url] = address.servers
        options = {"ssl_ca_certs": address.ca} if address.ca else {}
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=PATIENCE,
            socket_timeout=PATIENCE,
            socket_connect_timeout=CONNECT_PATIENCE,
            retry=Retry(NoBackoff(), 0),
            **options,
        )
        self._redis = Redis(connection_pool=pool)

    async def publish(self, message: BrokerMessage) -> None:
        """Returns once the stream has the message. Raises BrokerAway."""
        fields: dict[Any, Any] = {**message.headers, "body": message.body}
        try:
            await self._redis.xadd(f"payments:{message.merchant_id}", fields)
        except _FAILURES as error:
            raise BrokerAway(type(error).__name__) from error

    async def check(self) -> None:
        """Raises BrokerAway if the server does not answer."""
        try:
            await self._redis.ping()
        except _FAILURES as error:
            raise BrokerAway(type(error).__name__) from error

    async def advice(self) -> str | None:
        """What a crash would lose, as far as the server lets us read it."""
        await self.check()
        try:
            state: Mapping[str, object] = await self._redis.info("persistence")
        except _FAILURES:
            return None
        if not state.get("aof_enabled"):
            return "set appendonly yes: what Redis has acknowledged is lost if it crashes"
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()
