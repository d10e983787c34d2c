"""The public keys of an identity provider: fetched when they are needed, stored, renewed.

A provider that is away changes nothing for an hour: its last keys are used on.
"""

import asyncio
import time
from collections.abc import Callable

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from payment_engine.domain.gateway import GatewayFailure
from payment_engine.gateways.http import Wire

FRESH = 300.0
"""Seconds after which the keys are fetched again, so that one that was withdrawn is refused."""
USABLE = 3600.0
"""Seconds for which keys are used that cannot be fetched again."""
PAUSE = 10.0
"""Seconds between two fetches, whoever sends tokens with keys that nobody knows."""
MOST_BYTES = 256 * 1024
"""The largest key set that is read."""

_NOT_UNDERSTOOD = (JoseError, ValueError, KeyError, TypeError, AttributeError)

_log = structlog.get_logger()


class NoKeys(Exception):
    """There are none that may be used; when they can be fetched, there will be."""


class PublicKeys:
    """The JSON Web Key Set at an address."""

    def __init__(
        self, url: str, wire: Wire, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.wire = wire
        self._url = url
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = -USABLE
        self._one = asyncio.Lock()

    async def current(self, key_id: str | None) -> KeySet:
        """All keys, with the one of this id if the provider has it by now. Raises NoKeys."""
        async with self._one:
            if self._due(key_id):
                await self._renew()
        if self._keys is None or self._clock() - self._fetched_at > USABLE:
            raise NoKeys
        return self._keys

    def _due(self, key_id: str | None) -> bool:
        if self._clock() - self._tried_at < PAUSE:
            return False
        known = self._keys is not None and key_id in {each.kid for each in self._keys.keys}
        return not known or self._clock() - self._fetched_at >= FRESH

    async def _renew(self) -> None:
        self._tried_at = self._clock()
        try:
            answer = await self.wire.send("keys", "GET", self._url, headers={}, allow=frozenset())
            if len(answer.body) > MOST_BYTES:
                raise ValueError("too large")
            keys = KeySet.import_key_set(answer.json())
        except (GatewayFailure, *_NOT_UNDERSTOOD) as error:
            _log.error("public_keys_not_fetched", error=type(error).__name__)
            return
        self._keys, self._fetched_at = keys, self._tried_at
