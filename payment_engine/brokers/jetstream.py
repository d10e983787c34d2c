"""Messages to a stream of NATS JetStream: stored by the server before it acknowledges them, and
stored once within its window of duplicates.

The stream is made by whoever runs the server: its retention, replicas and rights are theirs.
"""

import asyncio

import nats
from nats.aio.client import Client
from nats.errors import Error, MaxPayloadError, NoServersError
from nats.js import JetStreamContext
from nats.js.api import Header, StorageType
from nats.js.errors import NoStreamResponseError, NotFoundError

from payment_engine.brokers.base import (
    CONNECT_PATIENCE,
    PATIENCE,
    BrokerAway,
    BrokerMessage,
    MessageRefused,
    tls_context,
)
from payment_engine.domain.broker_address import BrokerAddress

SUBJECTS = "payments.>"
"""What the stream takes: ``payments.<merchant id>.<type>``, such as
``payments.mer_1.payment.paid``."""
_NO_STREAM = f"no stream takes {SUBJECTS}"
_FAILURES = (Error, OSError, asyncio.TimeoutError)
_PING_SECONDS = 10


class JetStream:
    """One connection to the servers of an address, opened again by the next use after it broke."""

    name = "NATS JetStream"

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._client: Client | None = None
        self._opening = asyncio.Lock()
        self._error: Exception | None = None

    async def publish(self, message: BrokerMessage) -> None:
        """Returns once the stream has the message, now or before. Raises BrokerFailure."""
        subject = f"payments.{message.merchant_id}.{message.type}"
        headers = {**message.headers, Header.MSG_ID.value: message.id}
        try:
            stream = await self._jetstream()
            await stream.publish(subject, message.body, timeout=PATIENCE, headers=headers)
        except MaxPayloadError:
            raise MessageRefused("larger than max_payload") from None
        except _FAILURES as error:
            raise self._away(error) from error

    async def check(self) -> None:
        """Raises BrokerAway if the server does not answer, or has no stream for us."""
        try:
            await (await self._jetstream()).find_stream_name_by_subject(SUBJECTS)
        except _FAILURES as error:
            raise self._away(error) from error

    async def advice(self) -> str | None:
        """What a crash would lose."""
        try:
            stream = await self._jetstream()
            name = await stream.find_stream_name_by_subject(SUBJECTS)
            config = (await stream.stream_info(name)).config
        except _FAILURES as error:
            raise self._away(error) from error
        if config.storage == StorageType.MEMORY:
            return f"give the stream {name} file storage: it is in memory"
        return None

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._client:
            await self._client.close()

    async def _jetstream(self) -> JetStreamContext:
        async with self._opening:
            if self._client is None or not self._client.is_connected:
                self._client = await self._connect()
        return self._client.jetstream()

    async def _connect(self) -> Client:
        """Without nats-py's own reconnecting, which would store messages meanwhile, and lose them
        with the process."""
        return await nats.connect(
            list(self._address.servers),
            tls=tls_context(self._address),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=CONNECT_PATIENCE,
            ping_interval=_PING_SECONDS,
            error_cb=self._record,
            name="payment-engine",
        )

    async def _record(self, error: Exception) -> None:
        """Why a server of several was not reached: at last there are none left. Without this,
        nats-py logs each."""
        self._error = error

    def _away(self, error: Exception) -> BrokerAway:
        if isinstance(error, NoStreamResponseError | NotFoundError):
            return BrokerAway(_NO_STREAM)
        cause = self._error if isinstance(error, NoServersError) else error
        return BrokerAway(type(cause or error).__name__)
