"""Spans of traces, where this process traces; elsewhere nothing, at the cost of a look at a name.

What traces is set once at start (``tracing_otel``); no other module knows its library.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, Protocol

Kind = Literal["client", "consumer"]


class Tracer(Protocol):
    """What makes spans."""

    def begin(self, name: str, headers: Mapping[str, str]) -> object:
        """Begin the span of a request, in the trace that its ``traceparent`` names."""
        ...

    def end(self, begun: Any, status: int) -> None:
        """End it."""
        ...

    def span(self, name: str, kind: Kind) -> AbstractContextManager[object]:
        """A span as long as the body, within the one of this context."""
        ...

    def outgoing(self) -> Mapping[str, str]:
        """The headers that let whoever is called continue the trace."""
        ...

    def ids(self) -> Mapping[str, str]:
        """``trace_id`` and ``span_id`` of this context, for lines of the log."""
        ...

    def watch(self, connection: Any) -> None:
        """Make a span of each statement of a database connection."""
        ...


_NOTHING: AbstractContextManager[object] = nullcontext()
_active: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Trace by this from now on; None: not at all."""
    global _active
    _active = tracer


def begin(name: str, headers: Mapping[str, str]) -> object:
    """The span of a request; None if nothing is traced."""
    return _active.begin(name, headers) if _active else None


def end(begun: object, status: int) -> None:
    """End the span of a request, if it has one."""
    if _active and begun is not None:
        _active.end(begun, status)


def span(name: str, kind: Kind) -> AbstractContextManager[object]:
    """A span as long as the body."""
    return _active.span(name, kind) if _active else _NOTHING


def outgoing() -> Mapping[str, str]:
    """The headers that let whoever is called continue the trace."""
    return _active.outgoing() if _active else {}


def ids() -> Mapping[str, str]:
    """The ids of this context's span, for lines of the log."""
    return _active.ids() if _active else {}


def watch(connection: Any) -> None:
    """Make a span of each statement of a connection."""
    if _active:
        _active.watch(connection)
