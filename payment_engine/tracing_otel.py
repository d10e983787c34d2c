"""Traces by OpenTelemetry: request, statement, call of a gateway, sent to a collector by OTLP.

A span has names, our own statements and statuses: no parameter of a statement, no address with its
values, no body.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from payment_engine import __version__, tracing
from payment_engine.tracing import Kind

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_LONGEST = 600
"""Characters of a statement in its span."""
_SERVER_ERROR = 500


class MissingExtra(Exception):
    """OpenTelemetry is not installed."""


def start(endpoint: str, share: float) -> None:
    """Trace this share of the requests that come without a trace of their own, and all of those
    whose trace is sampled. Raises MissingExtra."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise MissingExtra("install payment-engine[otel]") from None
    tracing.use(OpenTelemetry(OTLPSpanExporter(endpoint=endpoint), share))


class OpenTelemetry:
    """Makes spans, and exports them in batches by a thread of its own."""

    def __init__(self, exporter: "SpanExporter", share: float = 1.0) -> None:
        from opentelemetry import context, trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        names = {"service.name": "payment-engine", "service.version": __version__}
        self._provider = TracerProvider(
            resource=Resource(names), sampler=ParentBased(TraceIdRatioBased(share))
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("payment_engine")
        self._propagator = TraceContextTextMapPropagator()
        self._context, self._trace = context, trace

    def flush(self) -> None:
        """Export what has ended."""
        self._provider.force_flush()

    def begin(self, name: str, headers: Mapping[str, str]) -> object:
        """Begin the span of a request, in the trace that its ``traceparent`` names."""
        outside = self._propagator.extract(dict(headers))
        span = self._tracer.start_span(name, outside, kind=self._trace.SpanKind.SERVER)
        return span, self._context.attach(self._trace.set_span_in_context(span, outside))

    def end(self, begun: Any, status: int) -> None:
        """End it."""
        span, token = begun
        span.set_attribute("http.response.status_code", status)
        if status >= _SERVER_ERROR:
            span.set_status(self._trace.StatusCode.ERROR)
        span.end()
        self._context.detach(token)

    @contextmanager
    def span(self, name: str, kind: Kind) -> Iterator[None]:
        """A span as long as the body; of an error only its type is written."""
        kinds = self._trace.SpanKind
        with self._tracer.start_as_current_span(
            name,
            kind=kinds.CLIENT if kind == "client" else kinds.CONSUMER,
            record_exception=False,
            set_status_on_exception=False,
        ) as current:
            try:
                yield
            except BaseException as error:
                current.set_attribute("error.type", type(error).__name__)
                current.set_status(self._trace.StatusCode.ERROR)
                raise

    def outgoing(self) -> Mapping[str, str]:
        """The headers that let whoever is called continue the trace."""
        headers: dict[str, str] = {}
        self._propagator.inject(headers)
        return headers

    def ids(self) -> Mapping[str, str]:
        """``trace_id`` and ``span_id`` of this context; nothing outside of spans."""
        current = self._trace.get_current_span().get_span_context()
        if not current.is_valid:
            return {}
        return {"trace_id": f"{current.trace_id:032x}", "span_id": f"{current.span_id:016x}"}

    def watch(self, connection: Any) -> None:
        """Make a span of each statement of an asyncpg connection, once it has ended."""
        connection.add_query_logger(self._statement)

    def _statement(self, query: Any) -> None:
        ended = time.time_ns()
        text = " ".join(query.query.split())
        span = self._tracer.start_span(
            text.partition(" ")[0],
            kind=self._trace.SpanKind.CLIENT,
            start_time=ended - int(query.elapsed * 1e9),
            attributes={"db.system.name": "postgresql", "db.query.text": text[:_LONGEST]},
        )
        if query.exception is not None:
            span.set_attribute("error.type", type(query.exception).__name__)
            span.set_status(self._trace.StatusCode.ERROR)
        span.end(ended)
