"""The wire: what it classifies, records, bounds and refuses."""

import asyncio
import json
from contextlib import nullcontext

import httpx
import pytest
import structlog

from payment_engine import tracing
from payment_engine.domain.gateway import NotSent, Saturated, Throttled, Unknown
from payment_engine.gateways.http import NEVER_SENT, parse_json, patience
from tests.unit.gateways.loopback import post


def subclasses(root):
    return {root}.union(*(subclasses(child) for child in root.__subclasses__()))


ALL_ERRORS = sorted(subclasses(httpx.HTTPError), key=lambda error: error.__name__)


def raising(error):
    async def handle(request):
        raise error

    return httpx.MockTransport(handle)


def answering(*args, **given):
    return httpx.MockTransport(lambda request: httpx.Response(*args, **given))


def exact(error):
    if issubclass(error, httpx.HTTPStatusError):
        return error("x", request=httpx.Request("GET", "http://x"), response=httpx.Response(200))
    return error("x")


@pytest.mark.parametrize("error", ALL_ERRORS, ids=lambda error: error.__name__)
async def test_every_error_of_httpx_is_not_sent_or_unknown(make_wire, recorded, error):
    expected = NotSent if error in NEVER_SENT else Unknown

    with pytest.raises(expected):
        await post(make_wire(transport=raising(exact(error))), "http://x")

    assert recorded[0].outcome == ("not_sent" if expected is NotSent else "unknown")
    late = issubclass(error, httpx.TimeoutException) and expected is Unknown
    cause = "never_sent" if expected is NotSent else "timeout" if late else "reset"
    assert recorded[0].cause == cause


def test_only_four_errors_prove_that_nothing_was_sent():
    assert {error.__name__ for error in NEVER_SENT} == {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "UnsupportedProtocol",
    }


class OneTrace:
    """A tracer that has one trace, and makes no spans."""

    def span(self, name, kind):
        return nullcontext()

    def outgoing(self):
        return {"traceparent": "00-of-this-trace"}


@pytest.mark.parametrize("tracer", [None, OneTrace()])
async def test_a_gateway_is_told_of_the_trace_if_there_is_one(make_wire, tracer):
    requests = []

    def handle(request):
        requests.append(request)
        return httpx.Response(200, json={})

    tracing.use(tracer)
    try:
        await post(make_wire(transport=httpx.MockTransport(handle)), "http://x")
    finally:
        tracing.use(None)

    sent = requests[0].headers.get("traceparent")
    assert sent == ("00-of-this-trace" if tracer else None)


async def test_what_was_not_sent_is_tried_once_more_and_recorded_once(make_wire, recorded):
    requests = []

    def handle(request):
        requests.append(request)
        if len(requests) == 1:
            raise httpx.ConnectError("no route")
        return httpx.Response(200, json={})

    await post(make_wire(transport=httpx.MockTransport(handle)), "http://x")

    assert len(requests) == 2
    assert [exchange.outcome for exchange in recorded] == ["answered"]


async def test_what_may_have_been_sent_is_never_tried_again(make_wire):
    requests = []

    def handle(request):
        requests.append(request)
        raise httpx.ReadError("reset")

    with pytest.raises(Unknown):
        await post(make_wire(transport=httpx.MockTransport(handle)), "http://x")

    assert len(requests) == 1


@pytest.mark.parametrize(
    ("status", "failure", "outcome", "cause"),
    [
        (429, Throttled, "refused", "throttled"),
        (408, Unknown, "unknown", "timeout"),
        (500, Unknown, "unknown", "server_error"),
    ],
)
async def test_a_status_that_is_no_answer(make_wire, recorded, status, failure, outcome, cause):
    with pytest.raises(failure):
        await post(make_wire(transport=answering(status, json={"status": "x"})), "http://x")

    assert (recorded[0].status, recorded[0].outcome) == (status, outcome)
    assert recorded[0].cause == cause
    assert recorded[0].response == {"status": "x"}


@pytest.mark.parametrize("status", [401, 403])
async def test_a_gateway_that_refuses_our_key_answers_and_is_down(make_wire, recorded, status):
    wire = make_wire(transport=answering(status, json={"status": "x"}))

    with structlog.testing.capture_logs() as logs:
        answers = [await post(wire, "http://x") for _ in range(10)]

    assert {answer.status for answer in answers} == {status}
    assert (recorded[0].outcome, recorded[0].cause) == ("refused", "unauthorized")
    assert wire.health() == "down"
    assert logs[0]["event"] == "gateway_refuses_us"


async def test_what_refuses_us_may_be_told_by_the_body(make_wire, recorded):
    wire = make_wire(transport=answering(403, json={"code": "customer"}))

    for _ in range(10):
        await post(wire, "http://x", refuses_us=lambda answer: False)

    assert (recorded[0].outcome, recorded[0].cause) == ("answered", None)
    assert wire.health() == "up"


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [(429, "7", 7.0), (503, "120", 120.0), (429, "Fri, 27 Nov 2026 07:28:00 GMT", None)],
)
async def test_how_long_a_gateway_wants_us_to_wait_is_read(make_wire, status, value, seconds):
    wire = make_wire(transport=answering(status, headers={"retry-after": value}, json={}))

    with pytest.raises(Unknown) as failure:
        await post(wire, "http://x")

    assert failure.value.retry_after == seconds


async def test_a_refusal_that_is_not_json_is_an_answer_until_it_is_read(make_wire):
    answer = await post(make_wire(transport=answering(403, text="<html>")), "http://x")

    assert not answer.is_json
    with pytest.raises(Unknown):
        answer.json()


async def test_a_success_need_not_be_json_where_none_is_expected(make_wire):
    wire = make_wire(transport=answering(204))

    answer = await post(wire, "http://x", form=None, content=b'{"a":1}', expect_json=False)

    assert answer.status == 204


async def test_nothing_is_sent_while_a_transaction_is_open(make_wire, recorded):
    wire = make_wire(in_transaction=lambda: True, transport=answering(200, json={}))

    with pytest.raises(RuntimeError, match="transaction"):
        await post(wire, "http://x")

    assert recorded == []


async def test_waiting_too_long_for_a_slot_is_not_sent_and_no_sign_of_bad_health(
    make_wire, recorded
):
    started, release = asyncio.Event(), asyncio.Event()

    async def never_answer(request):
        started.set()
        await release.wait()
        return httpx.Response(200, json={})

    wire = make_wire(
        transport=httpx.MockTransport(never_answer), max_in_flight=1, connect_timeout=0.05
    )
    first = asyncio.create_task(post(wire, "http://x"))
    await started.wait()
    for _ in range(12):
        with pytest.raises(NotSent):
            await post(wire, "http://x")
    release.set()
    await first

    assert wire.health() == "up"
    assert [exchange.outcome for exchange in recorded] == ["not_sent"] * 12 + ["answered"]


async def test_a_full_queue_is_not_sent_at_once_and_no_sign_of_bad_health(make_wire):
    started, release = asyncio.Event(), asyncio.Event()

    async def never_answer(request):
        started.set()
        await release.wait()
        return httpx.Response(200, json={})

    transport = httpx.MockTransport(never_answer)
    wire = make_wire(transport=transport, max_in_flight=1, max_waiting=1, connect_timeout=30)
    calls = [asyncio.create_task(post(wire, "http://x"))]
    await started.wait()
    assert not wire.full
    calls.append(asyncio.create_task(post(wire, "http://x")))
    await asyncio.sleep(0)
    assert wire.full
    for _ in range(12):
        with pytest.raises(Saturated):
            await post(wire, "http://x")
    release.set()

    assert [answer.status for answer in await asyncio.gather(*calls)] == [200, 200]
    assert wire.health() == "up"
    assert not wire.full


async def test_a_cancelled_call_stays_cancelled_and_is_recorded_as_unknown(make_wire, recorded):
    started = asyncio.Event()

    async def hang(request):
        started.set()
        await asyncio.Event().wait()

    call = asyncio.create_task(post(make_wire(transport=httpx.MockTransport(hang)), "http://x"))
    await started.wait()
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert recorded[0].outcome == "unknown"


async def test_slots_are_given_back_after_cancelled_calls(make_wire):
    started = asyncio.Semaphore(0)
    hanging = True

    async def handle(request):
        started.release()
        if hanging:
            await asyncio.Event().wait()
        return httpx.Response(200, json={})

    wire = make_wire(transport=httpx.MockTransport(handle), max_in_flight=2)
    calls = [asyncio.create_task(post(wire, "http://x")) for _ in range(2)]
    for _ in calls:
        await started.acquire()
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    hanging = False

    assert (await post(wire, "http://x")).status == 200


async def test_only_allowed_fields_are_recorded_of_everything_that_passes(make_wire, recorded):
    wire = make_wire(transport=answering(200, json={"status": "ok", "token": "s3cret"}))
    secrets = {"headers": {"authorization": "s3cret"}, "query": {"key": "s3cret", "status": "q"}}

    await post(wire, "http://x", form={"token": "s3cret", "status": "f"}, **secrets)

    text = json.dumps([recorded[0].request, recorded[0].response, recorded[0].path])
    assert "s3cret" not in text
    assert recorded[0].request["form"]["status"] == "f"
    assert recorded[0].request["query"]["status"] == "q"
    assert recorded[0].response == {"status": "ok", "token": "<str,6>"}


async def test_a_body_that_is_not_json_is_recorded_by_its_length_alone(make_wire, recorded):
    with pytest.raises(Unknown):
        await post(make_wire(transport=answering(200, text="card 4111111111111111")), "http://x")

    assert recorded[0].response == "<str,21>"


async def test_a_json_body_is_recorded_by_its_allowed_fields(make_wire, recorded):
    wire = make_wire(transport=answering(200, content=b""))
    given = {"form": None, "expect_json": False}

    await post(wire, "http://x", json={"status": "a", "b": [1]}, **given)

    assert recorded[0].request == {"json": {"status": "a", "b": ["<int,1>"]}}
    assert recorded[0].response is None


async def test_an_answer_nested_deeper_than_can_be_masked_is_still_an_answer(make_wire, recorded):
    deep = b'{"a":' * 800 + b"1" + b"}" * 800

    answer = await post(make_wire(transport=answering(200, content=deep)), "http://x")

    assert answer.status == 200
    assert recorded[0].response == "<nested too deep>"


async def test_an_exchange_knows_which_payment_it_belongs_to(make_wire, recorded):
    with structlog.contextvars.bound_contextvars(payment="pay_1", request_id="r1", other="x"):
        await post(make_wire(transport=answering(200, json={})), "http://x")

    assert recorded[0].context == {"payment": "pay_1", "request_id": "r1"}
    assert (recorded[0].gateway, recorded[0].operation) == ("test", "pay")
    assert (recorded[0].http_method, recorded[0].path) == ("POST", "/pay")


async def test_a_log_that_fails_does_not_cost_the_answer(make_wire):
    def broken(exchange):
        raise OSError("disk full")

    wire = make_wire(record=broken, transport=answering(200, json={}))

    assert (await post(wire, "http://x")).status == 200


async def test_health_counts_what_went_wrong_technically_and_never_a_refusal(make_wire):
    refusing = make_wire(transport=answering(400, json={"status": "DECLINED"}))
    failing = make_wire(transport=answering(503))
    for _ in range(12):
        await post(refusing, "http://x")
        with pytest.raises(Unknown):
            await post(failing, "http://x")

    assert (refusing.health(), failing.health()) == ("up", "down")


def test_an_amount_never_passes_through_a_float():
    assert parse_json(b'{"a":499.5,"b":600,"c":1164.00}') == {
        "a": "499.5",
        "b": 600,
        "c": "1164.00",
    }


@pytest.mark.parametrize("body", [b"NaN", b"{", b"\xff", b"", b"[" * 100_000])
def test_what_is_not_json_is_a_value_error(body):
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        parse_json(body)


async def test_a_body_of_ours_that_is_not_json_is_recorded_by_its_length(make_wire, recorded):
    wire = make_wire(transport=answering(204))

    await post(wire, "http://x", form=None, content=b"plain text", expect_json=False)

    assert recorded[0].request == {"content": "<str,10>"}


def test_calls_that_began_together_are_not_given_up_in_one_moment():
    given_up = {round(patience(15.0), 2) for _ in range(64)}

    assert len(given_up) > 32
    assert all(13.5 <= seconds <= 15 for seconds in given_up)
