"""Connections whose clients have a total time to send a request, however they spread its bytes.

Sanic counts the time since the last byte: a client that sends one a second is never cut off.
"""

import time
from collections.abc import Callable
from typing import Any

from sanic.http import Stage
from sanic.server.protocols.http_protocol import HttpProtocol


class TimedConnection(HttpProtocol):
    """Ends a request with 408 if its headers take longer than ``REQUEST_TIMEOUT`` in all.

    The time is looked at every few seconds, as Sanic looks at its own.
    """

    __slots__ = ("_reading_since",)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._reading_since: float | None = None

    def headers_read(self) -> None:
        """The headers of the current request are complete."""
        self._reading_since = None

    def check_timeouts(self) -> None:
        """Let Sanic see a timeout where the headers take too long in all."""
        http, now = self._http, time.monotonic()
        if http is None or http.stage is not Stage.REQUEST:
            self._reading_since = None
        elif self._reading_since is None:
            self._reading_since = now
        elif now - self._reading_since > self.request_timeout:
            self._time = now - self.request_timeout - 1
        looked_at: Callable[[], None] = super().check_timeouts
        looked_at()
