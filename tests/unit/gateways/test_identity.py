"""The keys of an identity provider, fetched from a server on loopback: bounded, stored, rotated."""

import asyncio
import json

import pytest
from joserfc.jwk import ECKey, KeySet

from payment_engine.gateways.identity import FRESH, MOST_BYTES, PAUSE, USABLE, NoKeys, PublicKeys
from tests.unit.gateways.loopback import ok


class Provider:
    """What the server answers, and the clock of whoever fetches it."""

    def __init__(self):
        self.seconds = 1000.0
        self.body = b""
        self.publish("one")

    def publish(self, *key_ids):
        keys = [ECKey.generate_key("P-256", {"kid": each}) for each in key_ids]
        self.body = json.dumps(KeySet(keys).as_dict(private=False)).encode()

    async def talk(self, reader, writer):
        writer.write(ok(self.body) if self.body else ok(b"", status="503 Away"))
        await writer.drain()


@pytest.fixture
async def provider():
    return Provider()


@pytest.fixture
async def served(start, provider):
    return await start(provider.talk)


@pytest.fixture
def keys(make_wire, provider, served):
    return PublicKeys(f"{served.url}/keys", make_wire(), clock=lambda: provider.seconds)


def ids(key_set):
    return {key.kid for key in key_set.keys}


async def test_keys_are_fetched_once_for_many_tokens_at_once(keys, served):
    found = await asyncio.gather(*(keys.current("one") for _ in range(20)))
    assert {frozenset(ids(each)) for each in found} == {frozenset({"one"})}
    assert len(served.requests) == 1


async def test_a_key_that_is_not_known_is_fetched_but_not_again_and_again(keys, provider, served):
    await keys.current("one")
    provider.publish("one", "two")
    assert ids(await keys.current("two")) == {"one"}
    provider.seconds += PAUSE
    assert ids(await keys.current("two")) == {"one", "two"}
    for _ in range(5):
        await keys.current("three")
    assert len(served.requests) == 2


async def test_a_key_that_is_withdrawn_is_gone_once_the_keys_are_no_longer_fresh(keys, provider):
    provider.publish("one", "two")
    assert ids(await keys.current("one")) == {"one", "two"}
    provider.publish("two")
    provider.seconds += FRESH - 1
    assert ids(await keys.current("one")) == {"one", "two"}
    provider.seconds += 1
    assert ids(await keys.current("one")) == {"two"}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"keys": 5}', b'{"keys": [5]}', b'{"keys": []}', b"5", b"null"],
)
async def test_a_provider_that_is_away_or_talks_nonsense_changes_nothing_for_an_hour(
    keys, provider, body
):
    await keys.current("one")
    provider.body = body
    provider.seconds += USABLE
    assert ids(await keys.current("one")) == {"one"}
    provider.seconds += 1
    with pytest.raises(NoKeys):
        await keys.current("one")
    provider.publish("new")
    provider.seconds += PAUSE
    assert ids(await keys.current("new")) == {"new"}


async def test_a_key_set_that_is_too_large_is_not_read(keys, provider):
    provider.body = provider.body[:-1] + b" " * MOST_BYTES + b"}"
    with pytest.raises(NoKeys):
        await keys.current("one")


async def test_a_provider_that_never_answers_is_given_up(make_wire, start):
    async def silent(reader, writer):
        await reader.read()

    server = await start(silent)
    with pytest.raises(NoKeys):
        await PublicKeys(server.url, make_wire(total_timeout=0.2)).current("one")
