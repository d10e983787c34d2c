"""Every field of every route, wrong in every way: refused by name, repeated nowhere, not stored."""

from typing import Any

import pytest

from tests.api.bodies import PAYMENTS, REFUNDS, ROUTES, Bad, Route
from tests.api.responses import echoes, pointers, points_at, problem, refusal, row_counts
from tests.world import ORDER, World

REFUSED = (422, "invalid_request")


async def complaint(world: World, path: str, bad: Bad) -> str | None:
    """What is wrong with how a bad body was refused."""
    answer = await world.post(path, bad.body)
    if answer.status_code != REFUSED[0] or refusal(answer) != REFUSED:
        return f"{bad.pointer} = {bad.sent!r:.60}: {answer.status_code} {answer.text:.200}"
    if not points_at(answer, bad.pointer):
        return f"{bad.pointer} = {bad.sent!r:.60}: names {pointers(answer)}"
    return f"{bad.pointer}: echoes {bad.sent!r:.60}" if echoes(answer, bad.sent) else None


@pytest.mark.parametrize("routes", ROUTES.values(), ids=ROUTES.keys())
async def test_a_field_that_does_not_fit_is_named_and_nothing_is_stored(
    world: World, routes: list[Route]
) -> None:
    payment = await world.open_payment()
    before = await row_counts(world)
    complaints = [
        await complaint(world, route.path.format(id=payment["id"]), bad)
        for route in routes
        for bad in route.bad()
    ]
    assert len(complaints) > 20 or routes is ROUTES["money after"]
    assert [one for one in complaints if one] == []
    assert await row_counts(world) == before


async def test_lines_that_do_not_sum_to_the_amount_are_refused_with_both_numbers(
    world: World,
) -> None:
    answer = await world.post("/v1/payments", {**ORDER, "amount": 116401})
    assert refusal(answer) == REFUSED
    assert pointers(answer) == ["/breakdown"]
    message = problem(answer)["detail"]
    assert "₹1,164.00" in message
    assert "₹1,164.01" in message


async def test_refund_lines_that_do_not_sum_are_refused_with_both_numbers(world: World) -> None:
    payment = await world.open_payment()
    path = REFUNDS.path.format(id=payment["id"])
    answer = await world.post(path, {**REFUNDS.body, "amount": 101})
    assert refusal(answer) == REFUSED
    assert pointers(answer) == ["/lines"]
    assert "100 paise" in problem(answer)["detail"]
    assert "101 paise" in problem(answer)["detail"]


@pytest.mark.parametrize("currency", ["USD", "inr", "INR ", "₹"])
async def test_only_rupees_are_taken(world: World, currency: str) -> None:
    answer = await world.post("/v1/payments", {**ORDER, "currency": currency})
    assert refusal(answer) == REFUSED
    assert pointers(answer) == ["/currency"]


async def test_a_body_with_thousands_of_faults_is_refused_in_a_few_words(world: World) -> None:
    crowd: dict[str, Any] = {f"{n}{'x' * 200}": 1 for n in range(200)}
    answer = await world.post("/v1/payments", {**PAYMENTS.body, **crowd})
    assert refusal(answer) == REFUSED
    assert 0 < len(pointers(answer)) < len(crowd)
    assert len(answer.content) < 10_000


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/v1/payments/{id}?wait=-1", "/wait"),
        ("/v1/payments/{id}?wait=31", "/wait"),
        ("/v1/payments/{id}?wait=1.5", "/wait"),
        ("/v1/payments/{id}?wait=soon", "/wait"),
        ("/v1/payments/{id}?wait=%00", "/wait"),
        ("/v1/payments/{id}?since=3", "/since"),
        ("/v1/payments?order_id=%00", "/order_id"),
        ("/v1/payments?order_id=%FF", "/order_id"),
        ("/v1/payments?order_id=PO1&amount=1", "/amount"),
        ("/v1/payments/{id}/methods?platform=fridge", "/platform"),
        ("/v1/payments/{id}/methods?upi_apps=%C2%98gpay", "/upi_apps"),
        ("/v1/payments/{id}/methods?upi_apps=" + "a" * 401, "/upi_apps"),
        ("/v1/payments/{id}/methods?upi_apps=" + "a" * 121, "/upi_apps"),
        ("/v1/payments/{id}/methods?upi_apps=" + "a," * 31, "/upi_apps"),
    ],
)
async def test_a_query_that_does_not_fit_is_refused_by_name(
    world: World, path: str, pointer: str
) -> None:
    payment = await world.open_payment()
    answer = await world.get(path.format(id=payment["id"]))
    assert refusal(answer) == REFUSED
    assert pointers(answer) == [pointer]
