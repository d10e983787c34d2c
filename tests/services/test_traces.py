"""Traces: from a request over its statements to a gateway's call, with nothing secret in them."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from payment_engine import tracing, tracing_otel
from payment_engine.gateways.http import Wire
from tests.captured_logs import captured_log
from tests.processes import api_process
from tests.serving import http_client
from tests.world import ORDER, World

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


@pytest.fixture(autouse=True)
def traces() -> Iterator[tuple[tracing_otel.OpenTelemetry, InMemorySpanExporter]]:
    exporter = InMemorySpanExporter()
    tracer = tracing_otel.OpenTelemetry(exporter)
    tracing.use(tracer)
    yield tracer, exporter
    tracing.use(None)


Traces = tuple[tracing_otel.OpenTelemetry, InMemorySpanExporter]


def spans(traces: Traces) -> list[ReadableSpan]:
    traces[0].flush()
    return [
        span
        for span in traces[1].get_finished_spans()
        if span.context and f"{span.context.trace_id:032x}" == TRACE
    ]


async def start_attempt(world: World) -> str:
    payment = await world.open_payment()
    body = {"method": "upi_intent", "client": {"platform": "android"}}
    answer = await world.api.post(
        f"/v1/payments/{payment['id']}/attempts", json=body, headers={**world.headers(), **GIVEN}
    )
    assert answer.status_code == 201, answer.text
    return str(payment["id"])


async def test_a_request_leads_over_its_statements_to_the_gateways_call(
    world: World, traces: Traces
) -> None:
    await start_attempt(world)
    found = spans(traces)
    [server] = [span for span in found if span.kind.name == "SERVER"]
    assert server.name == "POST /v1/payments/<payment_id:str>/attempts"
    assert server.parent
    assert f"{server.parent.span_id:016x}" == PARENT
    assert server.attributes
    assert server.attributes["http.response.status_code"] == 201
    calls = [span for span in found if span.name.startswith("juspay ")]
    assert calls
    statements = [span for span in found if "db.query.text" in (span.attributes or {})]
    assert statements
    by_id = {span.context.span_id: span for span in found if span.context}
    for span in [*calls, *statements]:
        while span.parent and span.parent.span_id in by_id:
            span = by_id[span.parent.span_id]
        assert span is server


async def test_whoever_is_called_can_continue_the_trace(traces: Traces) -> None:
    received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.set_result(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire, begun = Wire("juspay", record=lambda _: None), tracing.begin("GET /", GIVEN)
    async with server:
        url = f"http://127.0.0.1:{port}/"
        await wire.send("status", "GET", url, headers={}, allow=frozenset())
        await wire.aclose()
    tracing.end(begun, 200)
    [call] = [span for span in spans(traces) if span.name == "juspay status"]
    assert call.context
    expected = f"traceparent: 00-{TRACE}-{call.context.span_id:016x}-01"
    assert expected in (await received).decode().lower()


async def test_lines_of_the_log_have_the_ids_of_their_span(world: World) -> None:
    with captured_log() as stream:
        await start_attempt(world)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    [request] = [x for x in lines if x["event"] == "request" and x.get("trace_id") == TRACE]
    assert request["route"].endswith("/attempts")
    assert len(request["span_id"]) == 16


async def test_nothing_of_a_customer_is_in_a_span(world: World, traces: Traces) -> None:
    payment_id = await start_attempt(world)
    await world.get(f"/v1/admin/search?q={ORDER['customer']['phone']}", world.keys.admin_key)
    traces[0].flush()
    written = "".join(span.to_json() for span in traces[1].get_finished_spans())
    assert "db.query.text" in written
    secrets = (*ORDER["customer"].values(), world.keys.admin_key, world.keys.service_key)
    assert [each for each in (*secrets, payment_id) if each in written] == []


async def test_an_error_is_marked_without_its_text(traces: Traces) -> None:
    begun = tracing.begin("GET /", GIVEN)
    with pytest.raises(ValueError, match="4111"), tracing.span("juspay charge", "client"):
        raise ValueError("4111111111111111")
    tracing.end(begun, 500)
    [server, call] = sorted(spans(traces), key=lambda span: span.name)
    assert (server.status.status_code.name, call.status.status_code.name) == ("ERROR", "ERROR")
    assert "4111" not in call.to_json()
    assert (call.attributes or {})["error.type"] == "ValueError"


async def test_a_process_sends_its_spans_to_the_collector(world: World) -> None:
    received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [x for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")]
        body = await reader.readexactly(int(lengths[0].split(b":")[1]))
        if not received.done():
            received.set_result(head + body)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    collector = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = collector.sockets[0].getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}/v1/traces"
    async with (
        collector,
        api_process(world, PE_OTEL_ENDPOINT=endpoint) as (_, url),
        http_client(url) as api,
    ):
        answer = await api.get("/v1/payments?order_id=PO1", headers={**world.headers(), **GIVEN})
        assert answer.status_code == 200
        request = await asyncio.wait_for(received, 30)
    assert request.startswith(b"POST /v1/traces")
    assert b"payment-engine" in request


def test_what_is_not_traced_costs_nothing_and_knows_no_ids() -> None:
    tracing.use(None)
    assert tracing.begin("GET /", GIVEN) is None
    assert (tracing.outgoing(), tracing.ids()) == ({}, {})
    with tracing.span("a", "client"):
        tracing.end(None, 200)
    watched: list[Any] = []
    tracing.watch(watched)
    assert watched == []
