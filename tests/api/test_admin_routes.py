"""Every route for people on call, found from the router: who reaches it, and what of whom."""

from collections.abc import Iterator
from typing import Any

import pytest

from payment_engine.app import create_app
from payment_engine.blueprints.operation import OPERATIONS, Operation
from payment_engine.domain.callers import PLATFORM, ROLES
from payment_engine.services.access.keys import Grant, issue_key
from payment_engine.services.access.merchants import register
from tests.api.oncall_actions import ACTIONS, WHY, subjects
from tests.api.responses import refusal
from tests.world import World

QUERIES = {"/v1/admin/search": "q={pay}"}
"""Of routes that answer nothing without one."""
REFUSED = (403, "forbidden")


def routes_of(world: World) -> Iterator[tuple[str, str]]:
    """Each method and path below /v1/admin that the API answers."""
    app = create_app(world.engine.settings, engine=world.engine)
    for route in app.router.routes:
        if route.path.startswith("v1/admin"):
            yield from ((method, f"/{route.path}") for method in route.methods)


def declared() -> list[Operation]:
    return [each for each in OPERATIONS if each.path.startswith("/v1/admin")]


def path_of(operation: Operation, ids: dict[str, str]) -> str:
    """Its path with those ids, and with the query that it needs."""
    names = {"payment": "pay", "attempt": "att", "refund": "rfd", "notice": "whk", "message": "msg"}
    names["bulk"] = "blk"
    fixed = {
        "gateway": "juspay",
        "method": "card",
        "customer_ref": "cust-1",
        "kind": "refund",
        "provider": "HDFC",
    }
    path = operation.path.replace(":str>", ">")
    for part in path.split("<")[1:]:
        name = part.partition(">")[0]
        short = name.removesuffix("_id")
        path = path.replace(f"<{name}>", fixed.get(name) or ids[names.get(short, short)])
    query = QUERIES.get(operation.path, "").format(**ids)
    return f"{path}?{query}" if query else path


async def call(world: World, operation: Operation, path: str, token: str, body: Any) -> Any:
    return await world.api.request(
        operation.method,
        path,
        json=None if operation.method == "GET" else body,
        headers={"authorization": f"Bearer {token}"} if token else {},
    )


NOTHING = dict.fromkeys(("pay", "att", "rfd", "whk", "msg", "key", "blk", "job"), "none")


async def test_every_admin_route_is_declared_with_a_role(world: World) -> None:
    known = {(each.method, each.path) for each in declared()}
    assert {*routes_of(world)} == known
    assert len(known) > 20
    assert [each.path for each in declared() if each.callers != {"admin"} or not each.role] == []


async def test_every_admin_route_is_refused_to_all_but_people_on_call(world: World) -> None:
    payment = await world.open_payment()
    status = str(payment["checkout"]["url"]).partition("status=")[2]
    for each in declared():
        path = path_of(each, NOTHING)
        assert (await call(world, each, path, "", {})).status_code == 401, each.path
        for token in (world.keys.service_key, payment["checkout"]["token"], status):
            assert refusal(await call(world, each, path, token, {})) == REFUSED, each.path


async def test_every_admin_route_is_reached_by_its_roles_alone(world: World) -> None:
    """With all roles but one of those it takes it is refused, with just those it is not."""
    tokens = {frozenset(roles): "" for roles in _sets_of_roles()}
    for roles in tokens:
        grant = Grant(merchant_id=world.keys.merchant_id, roles=sorted(roles))
        _, tokens[roles] = await issue_key(world.engine, grant)
    for each in declared():
        path = path_of(each, NOTHING)
        for roles, token in tokens.items():
            answer = await call(world, each, path, token, {})
            refused = answer.status_code == 403
            assert refused != ({*each.roles} <= roles), (each.method, each.path, roles, answer.text)


def _sets_of_roles() -> Iterator[set[str]]:
    for role in ROLES:
        yield {role}
        yield {role, PLATFORM}
        yield {*ROLES} - {role}


async def snapshot(world: World) -> set[str]:
    """Every row of the database but what the calls themselves leave behind."""
    tables = await world.sql(
        "SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN "
        "('process', 'api_key', 'rate_count')"
    )
    rows: set[str] = set()
    for table in tables:
        found = await world.sql(f"SELECT x::text AS r FROM {table['t']} x")  # noqa: S608
        rows |= {f"{table['t']} {row['r']}" for row in found}
    return rows


@pytest.mark.parametrize("change", [{"dry_run": True}, {}], ids=["dry run", "for real"])
async def test_nothing_of_a_merchant_is_reached_by_the_people_of_another(
    world: World, change: dict[str, bool]
) -> None:
    """They have every role but that of the platform; each route is called as it is meant to be."""
    ids = await subjects(world)
    await ACTIONS["set route"].perform(world, ids, {**WHY, "weight": 90})
    person = Grant(merchant_id=world.keys.merchant_id, roles=["read"], person="asha@here.example")
    await issue_key(world.engine, person)
    foreign = await register(world.engine, "Another Shop", None)
    marks = {*ids.values(), *await _marks(world), "asha@here.example", "Demo Pharmacy"}
    before = await snapshot(world)
    for each in declared():
        token, path, body = foreign.admin_key, path_of(each, ids), body_of(each)
        answer = await call(world, each, path, token, {**body, **change})
        found = {mark for mark in marks if mark in answer.text}
        assert found <= ({"cust-1"} if "cust-1" in path else set()), (path, answer.text)
        assert answer.status_code in (200, 202, 403, 404), (path, answer.text)
        if each.platform:
            assert refusal(answer) == REFUSED, path
        elif any(mark in path.partition("?")[0] for mark in ids.values()):
            assert answer.status_code == 404, (path, answer.text)
    lost = before - await snapshot(world)
    assert {row for row in lost if foreign.merchant_id not in row} == set()


def body_of(operation: Operation) -> dict[str, Any]:
    """The body of the action in the list of actions that is done by this route."""
    if operation.method == "GET":
        return {}
    shape = operation.path.split("/")
    for action in ACTIONS.values():
        parts = action.route.path.split("/")
        same = [a == b or "<" in a for a, b in zip(shape, parts, strict=False)]
        if action.verb == operation.method and len(parts) == len(shape) and all(same):
            return dict(action.route.body)
    raise AssertionError(f"tests/api/oncall_actions.py does not have {operation.path}")


async def _marks(world: World) -> set[str]:
    """Ids by which anything of the first merchant would be recognised."""
    found: set[str] = set()
    for table in ("payment", "attempt", "refund", "admin_action", "outbox_message", "api_key"):
        found |= {row["id"] for row in await world.sql(f"SELECT id FROM {table}")}  # noqa: S608
    orders = {row["o"] for row in await world.sql("SELECT order_id AS o FROM payment")}
    own = {
        row["id"]
        for row in await world.sql(
            "SELECT id FROM api_key WHERE merchant_id <> $1", world.keys.merchant_id
        )
    }
    return (found | orders) - own


async def test_nobody_grants_what_they_do_not_have_or_revokes_what_is_above_them(
    world: World,
) -> None:
    grant = Grant(merchant_id=world.keys.merchant_id, roles=["read", "keys"], person="ravi")
    _, token = await issue_key(world.engine, grant)
    platform = await world.sql("SELECT id FROM api_key WHERE roles LIKE '%platform%'")
    create, headers = ACTIONS["create key"].route, {"authorization": f"Bearer {token}"}
    for roles in (["refund"], ["platform", "read"]):
        body = {**create.body, "roles": roles}
        answer = await world.api.post(create.path, json=body, headers=headers)
        assert refusal(answer) == REFUSED
    path = f"/v1/admin/keys/{platform[0]['id']}/revoke"
    assert refusal(await world.api.post(path, json=WHY, headers=headers)) == REFUSED
    assert (await world.get("/v1/admin/actions", world.keys.admin_key)).json()["items"] == []


async def test_a_key_is_a_persons_named_in_the_audit_until_it_is_revoked(world: World) -> None:
    body = {**WHY, "person": "asha@pharmacy.example", "roles": ["read", "operate"], "days": 7}
    headers = {"authorization": f"Bearer {world.keys.admin_key}"}
    made = (await world.api.post("/v1/admin/keys", json=body, headers=headers)).json()
    token, key_id = made["key"], made["subject"]
    assert token not in (await world.get("/v1/admin/actions", world.keys.admin_key)).text
    ids = await subjects(world)
    done = await ACTIONS["sync"].perform(world, ids, token=token)
    assert done.json()["actor"] == "asha@pharmacy.example"
    listed = (await world.get("/v1/admin/keys", world.keys.admin_key)).json()["keys"]
    mine = next(one for one in listed if one["id"] == key_id)
    assert (mine["person"], mine["roles"]) == ("asha@pharmacy.example", ["read", "operate"])
    assert token not in str(listed)
    revoked = await world.api.post(f"/v1/admin/keys/{key_id}/revoke", json=WHY, headers=headers)
    assert revoked.status_code == 200
    listed = (await world.get("/v1/admin/keys", world.keys.admin_key)).json()["keys"]
    assert next(one for one in listed if one["id"] == key_id)["revoked_at"]


async def test_an_expired_key_is_refused_though_it_was_used_just_before(world: World) -> None:
    body = {**WHY, "person": "asha@pharmacy.example", "roles": ["read"], "days": 1}
    headers = {"authorization": f"Bearer {world.keys.admin_key}"}
    token = (await world.api.post("/v1/admin/keys", json=body, headers=headers)).json()["key"]
    assert (await world.get("/v1/admin/actions", token)).status_code == 200
    world.clock.advance(hours=24)
    answer = await world.get("/v1/admin/actions", token)
    assert refusal(answer) == (401, "unauthenticated")
    assert "expired" in answer.json()["detail"]
