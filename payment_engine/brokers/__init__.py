"""Brokers that messages to order services are handed to, instead of each shop's own address."""

from payment_engine.brokers.base import Broker, MissingExtra
from payment_engine.domain.broker_address import broker_address


def build_broker(url: str) -> Broker:
    """The broker of this address; it connects with its first use.

    Raises ValueError for an address that does not fit, and MissingExtra.
    """
    address = broker_address(url)
    try:
        if address.kind == "nats":
            from payment_engine.brokers.jetstream import JetStream

            return JetStream(address)
        from payment_engine.brokers.redis_streams import RedisStreams

        return RedisStreams(address)
    except ImportError:
        raise MissingExtra(f"install payment-engine[{address.kind}]") from None
