"""Event loops that are opened again after a test has closed them.

Each test has a loop of its own, and what it left on it is gone when that closes: tasks, timers,
sockets. The object is used again, since a connection to the database is bound to its loop for
ever, and PostgreSQL spends more on a new connection than on all that most tests do with it.
"""

import asyncio

_closed: list[asyncio.SelectorEventLoop] = []


class _Reopened(asyncio.SelectorEventLoop):
    def close(self) -> None:
        if not self.is_closed():
            super().close()
            _closed.append(self)


class ReopenedLoops(asyncio.DefaultEventLoopPolicy):
    """Makes an event loop only if none is closed."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        try:
            loop = _closed.pop()
        except IndexError:
            return _Reopened()
        loop.__init__()
        return loop
