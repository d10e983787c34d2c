"""The Python client: its models generated, its types checked, and used to have an order paid."""

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from payment_engine.services.queue.signatures import signed_headers
from tests.clients.conftest import BIN, ROOT, run
from tests.world import ORDER, World

SECRET = "whsec_bJ2b5kUtDYRwiXOx4J6pH3KipknVBqh+j18XarcsCOM="


@pytest.fixture
def package(python_client: Path) -> Iterator[Any]:
    """The client's package, imported from where it was generated."""
    sys.path.insert(0, str(python_client))
    yield importlib.import_module("payment_engine_client")
    sys.path.remove(str(python_client))


@pytest.fixture
def calls(package: Any) -> Any:
    return importlib.import_module("payment_engine_client.calls")


def test_its_types_are_sound(python_client: Path) -> None:
    config = ROOT / "clients" / "python" / "pyproject.toml"
    run(BIN / "mypy", "--strict", "--config-file", config, python_client)


async def test_it_has_an_order_paid_and_a_part_refunded(
    world: World, package: Any, calls: Any
) -> None:
    engine = package.AsyncPaymentEngine(str(world.api.base_url), world.keys.service_key)
    payment = await engine.send(calls.open_payment({**ORDER, "order_id": "PO-py"}))
    assert await engine.send(calls.read_payment(payment["id"], known=payment)) is payment
    attempt = await world.start_attempt(payment["id"], method="upi_qr")
    waiting = asyncio.create_task(engine.send(calls.read_payment(payment["id"], wait=5)))
    await world.customer_decides(attempt)
    assert (await waiting)["id"] == payment["id"]
    read = await engine.send(calls.read_payment(payment["id"], wait=30, known=payment))
    assert read["version"] > payment["version"]
    await world.wait_for_status(payment["id"], "paid")
    body = {"amount": 100, "reason": "goodwill"}
    first = await engine.send(calls.refund_payment(payment["id"], body, key="r1"))
    again = await engine.send(calls.refund_payment(payment["id"], body, key="r1"))
    assert first["refund"]["id"] == again["refund"]["id"]
    read = await engine.send(calls.read_refund(first["refund"]["id"]))
    assert read["amount"] == 100
    events = await engine.send(calls.list_events())
    assert [each["type"] for each in events["events"]][:2] == ["payment.pending", "payment.paid"]
    [found] = (await engine.send(calls.payments_of_order("PO-py")))["payments"]
    assert found["amount_refunded"] in (0, 100)
    assert len((await engine.send(calls.list_payments(status="paid")))["payments"]) == 1
    await engine.close()


async def test_a_program_that_blocks_uses_it_alike(world: World, package: Any, calls: Any) -> None:
    engine = package.PaymentEngine(str(world.api.base_url), world.keys.service_key)
    payment = await asyncio.to_thread(engine.send, calls.open_payment(ORDER))
    cancelled = await asyncio.to_thread(engine.send, calls.cancel_payment(payment["id"]))
    assert cancelled["status"] == "cancelled"
    refused = calls.capture_payment(payment["id"], {"amount": 1})
    with pytest.raises(package.ProblemError) as problem:
        await asyncio.to_thread(engine.send, refused)
    assert (problem.value.status, problem.value.code) == (409, "payment_not_open")
    with pytest.raises(package.ProblemError) as problem:
        await asyncio.to_thread(engine.send, calls.open_payment({**ORDER, "amount": -1}))
    assert problem.value.problem["errors"][0]["pointer"] == "/amount"
    assert await asyncio.to_thread(engine.send, calls.erase_customer("cust-8812")) is None
    engine.close()


def answering(*answers: Callable[[], httpx.Response]) -> tuple[httpx.MockTransport, list[str]]:
    """A service that gives one answer after the other, and the keys of the calls."""
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("idempotency-key", ""))
        return answers[len(keys) - 1]()

    return httpx.MockTransport(answer), keys


def lost() -> httpx.Response:
    raise httpx.ReadError("connection reset")


def away() -> httpx.Response:
    return httpx.Response(503, headers={"retry-after": "0"}, json={"code": "unavailable"})


def running() -> httpx.Response:
    return httpx.Response(409, headers={"retry-after": "0"}, json={"retryable": True})


def opened() -> httpx.Response:
    return httpx.Response(201, json={"id": "pay_1"})


async def test_it_repeats_a_call_with_the_same_key(package: Any, calls: Any) -> None:
    transport, keys = answering(lost, away, running, opened)
    client = httpx.AsyncClient(base_url="http://localhost", transport=transport)
    engine = package.AsyncPaymentEngine("", "pk", client=client)
    assert (await engine.send(calls.open_payment(ORDER)))["id"] == "pay_1"
    assert (len(keys), len(set(keys))) == (4, 1)


def test_it_gives_up_with_the_last_answer(package: Any, calls: Any) -> None:
    transport, keys = answering(away, away)
    client = httpx.Client(base_url="http://localhost", transport=transport)
    engine = package.PaymentEngine("", "pk", client=client, tries=2)
    with pytest.raises(package.ProblemError) as problem:
        engine.send(calls.open_payment(ORDER))
    assert (problem.value.code, len(keys)) == ("unavailable", 2)


WINDOW = {"created_after": "2026-11-26T00:00:00Z", "created_before": "2026-11-27T00:00:00Z"}


def blocking(package: Any, transport: httpx.MockTransport) -> Any:
    client = httpx.Client(base_url="http://localhost", transport=transport)
    return package.PaymentEngine("", "pk", client=client)


def gateway_timeout() -> httpx.Response:
    return httpx.Response(504, headers={"retry-after": "0"}, text="<html>")


def test_it_repeats_a_call_without_a_key_only_if_the_service_says_so(
    package: Any, calls: Any
) -> None:
    transport, keys = answering(lost)
    with pytest.raises(httpx.ReadError):
        blocking(package, transport).send(calls.redeliver_events(WINDOW))
    transport, keys = answering(gateway_timeout)
    with pytest.raises(package.ProblemError):
        blocking(package, transport).send(calls.redeliver_events(WINDOW))
    transport, keys = answering(running, opened)
    blocking(package, transport).send(calls.redeliver_events(WINDOW))
    assert len(keys) == 2
    transport, keys = answering(lost, gateway_timeout, opened)
    blocking(package, transport).send(calls.read_payment("pay_1"))
    assert len(keys) == 3


@pytest.mark.parametrize("text", ["<html>", "null", '["retryable"]', '"x"', ""])
@pytest.mark.parametrize("status", [302, 400, 500])
def test_an_answer_that_is_no_problem_document_is_a_problem_all_the_same(
    package: Any, calls: Any, status: int, text: str
) -> None:
    kind = {"content-type": "application/problem+json"}
    transport, keys = answering(lambda: httpx.Response(status, headers=kind, text=text))
    with pytest.raises(package.ProblemError) as problem:
        blocking(package, transport).send(calls.open_payment(ORDER))
    assert (problem.value.status, problem.value.code, len(keys)) == (status, "unknown", 1)


def test_it_leaves_a_long_wait_to_its_caller(package: Any, calls: Any) -> None:
    later = {"retry-after": "11"}
    transport, keys = answering(lambda: httpx.Response(429, headers=later, json={"retryable": 1}))
    with pytest.raises(package.ProblemError):
        blocking(package, transport).send(calls.open_payment(ORDER))
    assert len(keys) == 1


def test_it_waits_as_usual_for_a_retry_after_that_is_a_date(package: Any, calls: Any) -> None:
    date = {"retry-after": "Fri, 27 Nov 2026 00:00:00 GMT"}
    transport, _ = answering(lambda: httpx.Response(503, headers=date), opened)
    assert blocking(package, transport).send(calls.open_payment(ORDER)) == {"id": "pay_1"}


def test_it_verifies_messages(package: Any) -> None:
    body = b'{"type": "payment.paid"}'
    headers = signed_headers([SECRET], "msg_1", datetime.now(UTC), body)
    assert package.verified(SECRET, headers, body)["type"] == "payment.paid"
    with pytest.raises(package.MessageNotVerified):
        package.verified(SECRET, headers, body + b" ")
