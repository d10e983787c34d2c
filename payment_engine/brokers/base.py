"""What a broker does for us, and how it can fail."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from payment_engine.domain.broker_address import BrokerAddress

PATIENCE = 5.0
"""Seconds for which a broker may take to store a message; far below the lease of a message."""
CONNECT_PATIENCE = 3
"""Seconds that a connection may take."""


class MissingExtra(Exception):
    """The package of this kind of broker is not installed."""


class BrokerFailure(Exception):
    """A message is not known to be stored; the text says why, with nothing secret in it."""


class BrokerAway(BrokerFailure):
    """The broker takes no message at all."""


class MessageRefused(BrokerFailure):
    """The broker does not take this message; others it may take."""


@dataclass(frozen=True, kw_only=True)
class BrokerMessage:
    """A message as it is handed over. ``headers``: those of Standard Webhooks; ``body``: JSON."""

    id: str
    merchant_id: str
    type: str
    headers: Mapping[str, str]
    body: bytes


class Broker(Protocol):
    """One kind of broker."""

    name: str

    async def publish(self, message: BrokerMessage) -> None:
        """Returns once the broker has stored the message. Raises BrokerFailure; it may have been
        stored all the same."""
        ...

    async def check(self) -> None:
        """Raises BrokerAway if no message could be handed over now."""
        ...

    async def advice(self) -> str | None:
        """What of a broker that is reached should be changed, so that it loses nothing; None if all
        is well. Raises BrokerAway."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


def tls_context(address: BrokerAddress) -> ssl.SSLContext | None:
    """How the server's certificate is verified; None without TLS. Raises OSError."""
    return ssl.create_default_context(cafile=address.ca) if address.encrypted else None
