"""The interface as it is described: every answer fits it, and so does everything invented."""

import json
import re
from functools import cache
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from payment_engine.blueprints.openapi import document
from payment_engine.blueprints.operation import OPERATIONS, Operation
from payment_engine.blueprints.problems import Problem
from tests.described import description
from tests.world import ORDER, World


def described(answer: httpx.Response) -> Operation | None:
    """The operation that gave an answer."""
    for operation in OPERATIONS:
        path = re.sub("<[^>]+>", "[^/]+", operation.path)
        same = operation.method == answer.request.method
        if same and re.fullmatch(path, answer.request.url.path):
            return operation
    return None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def misfit(answer: httpx.Response) -> str | None:
    """What is wrong with an answer, compared with how it is described."""
    operation = described(answer)
    if operation is None:
        return f"{answer.request.url.path} is not described"
    path = re.sub(r"<(\w+):str>", r"{\1}", operation.path)
    responses = description()["paths"][path][operation.method.lower()]["responses"]
    if str(answer.status_code) not in responses:
        return f"{operation.method} {path} does not declare {answer.status_code}"
    if answer.status_code in (204, 304):
        return None
    shape = Problem if answer.is_error else operation.answers[answer.status_code]
    kinds = responses[str(answer.status_code)]["content"]
    assert answer.headers["content-type"] in kinds
    _adapter(shape).validate_json(answer.content, strict=True)
    return None


@pytest.fixture
def answers(world: World) -> list[httpx.Response]:
    """Every answer the API gives in this test."""
    received: list[httpx.Response] = []

    async def note(answer: httpx.Response) -> None:
        await answer.aread()
        received.append(answer)

    world.api.event_hooks["response"].append(note)
    return received


async def test_every_answer_of_the_flow_is_as_described(
    world: World, answers: list[httpx.Response]
) -> None:
    first = await world.open_payment()
    path = f"/v1/payments/{first['id']}"
    await world.post("/v1/payments", {**ORDER, "order_id": first["order_id"]})
    for query in ("", "?platform=android&upi_apps=gpay", "?platform=desktop"):
        await world.get(f"{path}/methods{query}")
    await world.post(f"{path}/methods", {"platform": "ios"})
    await world.start_attempt(first["id"], method="upi_qr", client={})
    await world.post(f"{path}/attempts", {"method": "upi_qr"})
    await world.get(path, **{"if-none-match": (await world.get(path)).headers["etag"]})
    await world.post(f"{path}/cancel")
    paid = await world.paid_payment()
    made = await world.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 1, "reason": "x"})
    await world.get(f"/v1/refunds/{made.json()['refund']['id']}")
    await world.get(f"/v1/payments?order_id={paid['order_id']}")
    assert len(answers) > 15
    assert [fault for answer in answers if (fault := misfit(answer))] == []


async def test_every_answer_about_cards_declines_and_holds_is_as_described(
    world: World, answers: list[httpx.Response]
) -> None:
    for verb, body in (("capture", {"amount": 116400}), ("void", None)):
        authorized = await world.open_payment(capture="manual")
        token = await world.card_token()
        await world.customer_decides(
            await world.start_attempt(authorized["id"], method="card", card_token=token)
        )
        await world.wait_for_status(authorized["id"], "authorized")
        await world.post(f"/v1/payments/{authorized['id']}/{verb}", body)
        await world.read_payment(authorized["id"])
    failed = await world.open_payment()
    await world.customer_decides(await world.start_attempt(failed["id"]), "decline")
    await world.wait_for_status(failed["id"], "open")
    assert {200, 201} <= {answer.status_code for answer in answers}
    assert [fault for answer in answers if (fault := misfit(answer))] == []


async def test_the_description_is_valid_openapi_and_served(world: World) -> None:
    from openapi_spec_validator import validate  # which takes as long as a hundred tests

    served = await world.api.get("/v1/openapi.json")
    assert (served.status_code, served.headers["content-type"]) == (200, "application/json")
    assert served.json() == json.loads(json.dumps(document()))
    validate(served.json())


async def test_the_answer_of_a_repeated_call_says_that_it_is_one(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/cancel"
    first, again = [await world.post(path, key="once") for _ in range(2)]
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
