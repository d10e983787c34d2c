"""Whatever shows people on call something of a customer is in the audit log, for every route.

A new route under /v1/admin is walked as soon as it is declared: one that shows personal data
without a record fails.
"""

from typing import Any

import pytest

from payment_engine.blueprints.operation import OPERATIONS, Operation
from payment_engine.services.oncall import timeline
from tests.api.oncall_actions import WHY, subjects
from tests.api.test_admin_routes import body_of, call, declared, path_of
from tests.world import World

REF, PHONE, EMAIL, VPA = "asha.r@example.in", "9123456780", "asha.rao@example.org", "asha@okaxis"
CUSTOMER = {"ref": REF, "name": "Asha Ramanathan", "phone": PHONE, "email": EMAIL}
ORDER = {
    "customer": CUSTOMER,
    "metadata": {"deliver_to": "12 Lotus Road"},
    "return_url": "https://shop.example/back?for=asha-ramanathan",
}
PERSONAL = (REF, PHONE, EMAIL, "Asha Ramanathan", "Lotus Road", "asha-ramanathan", "Metformin")
"""What must not be shown without a record; a medicine among the lines of the order is, too."""


@pytest.fixture
async def ids(world: World) -> dict[str, str]:
    """One of each thing, of a payment whose customer is known by everything."""
    breakdown = [{"label": "Metformin 500", "amount": 116400}]
    found = await subjects(world, amount=116400, breakdown=breakdown, **ORDER)
    await world.open_payment(customer=CUSTOMER)
    body = {**WHY, "limits": {"per_day": 1}}
    path = f"/v1/admin/customers/{REF}/limits"
    answer = await world.api.put(
        path, json=body, headers={"authorization": f"Bearer {world.keys.admin_key}"}
    )
    assert answer.status_code == 200, answer.text
    return found


async def records(world: World) -> int:
    (row,) = await world.sql("SELECT count(*) AS n FROM admin_action")
    return int(row["n"])


async def visible_unlogged(world: World, operation: Operation, path: str, body: Any) -> list[str]:
    """What of the customer the route shows without a new record."""
    before = await records(world)
    answer = await call(world, operation, path, world.keys.admin_key, body)
    assert answer.status_code in (200, 202, 403, 404, 409), (path, answer.text)
    visible = [text for text in PERSONAL if text in answer.text]
    return visible if await records(world) == before else []


async def walked(world: World, ids: dict[str, str]) -> dict[str, list[str]]:
    found = {}
    for each in declared():
        body = {**body_of(each), "dry_run": True} if each.method != "GET" else {}
        if visible := await visible_unlogged(world, each, path_of(each, ids), body):
            found[f"{each.method} {each.path}"] = visible
    return found


async def test_no_admin_route_shows_a_customer_without_a_record(
    world: World, ids: dict[str, str]
) -> None:
    assert await walked(world, ids) == {}


@pytest.mark.parametrize("text", [REF, PHONE, VPA])
async def test_a_search_for_a_person_has_a_record(
    world: World, ids: dict[str, str], text: str
) -> None:
    (search,) = [each for each in declared() if each.path == "/v1/admin/search"]
    before = await records(world)
    await call(world, search, f"/v1/admin/search?q={text}", world.keys.admin_key, {})
    assert await records(world) == before + 1
    assert ids


async def test_the_walk_finds_a_route_whose_reading_has_no_record(
    world: World, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgotten(*_: Any, **__: Any) -> None:
        """Records nothing."""

    monkeypatch.setattr(timeline, "record_reading", forgotten)
    found = await walked(world, ids)
    (visible,) = found.values()
    assert {*found} == {"GET /v1/admin/payments/<payment_id:str>/timeline"}
    assert {REF, "Lotus Road", "Metformin"} <= {*visible}


async def test_lists_show_a_reference_that_names_a_person_by_its_first_characters(
    world: World, ids: dict[str, str]
) -> None:
    answer = await world.get("/v1/admin/payments", world.keys.admin_key)
    assert {item["customer_ref"] for item in answer.json()["items"]} == {"as***@example.in"}
    actions = (await world.get("/v1/admin/actions", world.keys.admin_key)).json()["items"]
    assert "as***@example.in" in {each["subject"] for each in actions}
    assert ids


def test_people_on_call_have_no_routes_but_those_that_are_walked() -> None:
    """The console and the tools of agents call these alone."""
    walkable = {each.path for each in declared()}
    reachable = {each.path for each in OPERATIONS if "admin" in each.callers}
    assert reachable == walkable
