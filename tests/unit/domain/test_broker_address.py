"""The address of a broker: what it means, and what is wrong with it."""

import pytest

from payment_engine.domain.broker_address import BrokerAddress, broker_address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "nats://user:secret@one:4222,two:4222",
            BrokerAddress(
                kind="nats",
                servers=("nats://user:secret@one:4222", "nats://user:secret@two:4222"),
                encrypted=False,
            ),
        ),
        (
            "tls://one/?tls_ca=/etc/ca.pem",
            BrokerAddress(kind="nats", servers=("tls://one/",), encrypted=True, ca="/etc/ca.pem"),
        ),
        (
            "redis://:secret@one:6379/2",
            BrokerAddress(kind="redis", servers=("redis://:secret@one:6379/2",), encrypted=False),
        ),
        ("rediss://one", BrokerAddress(kind="redis", servers=("rediss://one",), encrypted=True)),
    ],
)
def test_an_address_names_kind_servers_and_encryption(url: str, expected: BrokerAddress) -> None:
    assert broker_address(url) == expected


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("amqp://one", "must begin with nats://, tls://, redis:// or rediss://"),
        ("nats://", "must name a server"),
        ("nats://one,,two", "must name a server"),
        ("redis://one:port", "must name a server"),
        ("redis://one,two", "Redis has one address"),
        ("nats://one/orders", "an account of NATS separates installations"),
        ("redis://one/orders", "number of a database"),
        ("tls://one?ca=x", "ca is no option"),
        ("nats://one?tls_ca=/ca.pem", r"tls_ca needs tls:// or rediss://"),
    ],
)
def test_a_wrong_address_says_what_would_be_right(url: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        broker_address(url)
