"""Every action of people on call: its role, its reason, its dry run, its line in the records."""

import pytest

from payment_engine.domain.callers import ROLES
from payment_engine.services.access.merchants import register
from tests.api.oncall_actions import ACTIONS, OncallAction, subjects
from tests.api.responses import echoes, points_at, refusal
from tests.world import World

MONEY = (
    *("payment", "attempt", "refund", "outbox_message", "route", "customer_config", "job"),
    "merchant",
    "bulk_action",
    "provider_weight",
)

by_name = pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())


async def as_it_stands(world: World) -> dict[str, list[str]]:
    """Every row that an action could change."""
    return {
        table: [row["r"] for row in await world.sql(f"SELECT t::text AS r FROM {table} t")]  # noqa: S608
        for table in MONEY
    }


@by_name
async def test_a_body_that_does_not_fit_is_named_and_leaves_no_trace(
    world: World, action: OncallAction
) -> None:
    ids = dict.fromkeys(("att", "whk", "msg", "rfd", "key", "blk", "job", "waiting"), "none")
    complaints = []
    for bad in action.bad():
        answer = await action.perform(world, ids, bad.body)
        fits = refusal(answer) == (422, "invalid_request") and points_at(answer, bad.pointer)
        if not fits or echoes(answer, bad.sent):
            complaints.append(f"{bad.pointer} = {bad.sent!r:.40}: {answer.text:.160}")
    assert complaints == []
    assert await world.sql("SELECT id FROM admin_action") == []


@by_name
async def test_an_action_without_its_role_is_refused_and_does_nothing(
    world: World, action: OncallAction
) -> None:
    ids = await subjects(world)
    before = await as_it_stands(world)
    others = {*ROLES} - {action.role}
    await world.sql(
        "UPDATE api_key SET roles = $1 WHERE roles <> 'service' RETURNING id", " ".join(others)
    )
    assert refusal(await action.perform(world, ids)) == (403, "forbidden")
    assert refusal(await action.perform(world, ids, token=world.keys.service_key)) == (
        403,
        "forbidden",
    )
    assert await as_it_stands(world) == before
    assert await world.sql("SELECT id FROM admin_action") == []


@by_name
async def test_a_dry_run_changes_nothing_and_says_what_would_be_done(
    world: World, action: OncallAction
) -> None:
    ids = await subjects(world)
    before = await as_it_stands(world)
    answer = await action.perform(world, ids, {**action.route.body, "dry_run": True})
    outcome = answer.json()
    assert (answer.is_success, outcome["dry_run"]) == (True, True)
    assert outcome["outcome"]
    assert await as_it_stands(world) == before


@by_name
async def test_every_action_is_audited_with_actor_and_reason(
    world: World, action: OncallAction
) -> None:
    ids = await subjects(world)
    answer = await action.perform(world, ids)
    assert answer.is_success, answer.text
    listed = (await world.get("/v1/admin/actions", world.keys.admin_key)).json()["items"]
    mine = next(one for one in listed if one["id"] == answer.json()["id"])
    key = await world.sql("SELECT id FROM api_key WHERE roles <> 'service' ORDER BY id")
    assert (mine["actor"], mine["reason"]) == (key[0]["id"], "the bank called")
    assert mine.items() <= answer.json().items()
    assert answer.json().keys() - mine.keys() <= {"key"}


LISTS = (
    "attempts",
    "quarantine",
    "unmatched",
    "routes",
    "routes/juspay/card",
    "actions",
    "search?q=PO1",
)


@pytest.mark.parametrize("path", LISTS)
async def test_lists_need_the_read_role(world: World, path: str) -> None:
    answer = await world.get(f"/v1/admin/{path}", world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    assert refusal(await world.get(f"/v1/admin/{path}")) == (403, "forbidden")
    other = await register(world.engine, "Demo Pharmacy", None)
    await world.sql(
        "UPDATE api_key SET roles = 'operate config platform' WHERE roles <> 'service' RETURNING id"
    )
    assert refusal(await world.get(f"/v1/admin/{path}", other.admin_key)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("attempts?state=odd", "/state"),
        ("attempts?older_than=-1", "/older_than"),
        ("attempts?limit=101", "/limit"),
        ("attempts?after=att_1", "/after"),
        ("attempts?method=barter", "/method"),
        ("quarantine?gateway=%00", "/gateway"),
        ("unmatched?state=odd", "/state"),
        ("unmatched?kind=payout", "/kind"),
        ("actions?after=adm", "/after"),
        ("actions?payment_id=rfd_1", "/payment_id"),
        ("actions?action=Sync!", "/action"),
        ("actions?order=random", "/order"),
        ("actions?surprise=1", "/surprise"),
        ("search", "/q"),
        ("search?amount=100", "/since"),
        ("search?amount=0&since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z", "/amount"),
        ("search?q=x&since=yesterday", "/since"),
    ],
)
async def test_a_query_that_does_not_fit_is_refused_by_name(
    world: World, path: str, pointer: str
) -> None:
    answer = await world.get(f"/v1/admin/{path}", world.keys.admin_key)
    assert refusal(answer) == (422, "invalid_request")
    assert points_at(answer, pointer)


async def test_a_thing_that_is_not_there_is_not_found(world: World) -> None:
    things = ("att", "whk", "msg", "rfd", "key", "blk", "job", "waiting")
    ids = {name: f"{name}_{'0' * 20}" for name in things}
    resolving = ("resolve attempt", "resolve refund", "approve refund", "reject refund")
    for name in (
        "sync",
        "replay notice",
        "replay delivery",
        "retry refund",
        "revoke key",
        *resolving,
    ):
        assert refusal(await ACTIONS[name].perform(world, ids)) == (404, "not_found"), name
        odd = dict.fromkeys(ids, "no-id-at-all")
        assert refusal(await ACTIONS[name].perform(world, odd)) == (404, "not_found"), name
    unknown = ACTIONS["set route"].route.body
    for path in ("gone/card", "juspay/barter"):
        answer = await world.api.put(
            f"/v1/admin/routes/{path}", json=unknown, headers=world.headers(world.keys.admin_key)
        )
        assert refusal(answer) == (404, "not_found")


async def test_an_action_appears_in_the_timeline_of_its_payment(world: World) -> None:
    ids = await subjects(world)
    for name in ("sync", "replay notice", "replay delivery", "retry refund"):
        assert (await ACTIONS[name].perform(world, ids)).status_code == 200, name
    path = f"/v1/admin/payments/{ids['pay']}/timeline"
    rows = (await world.get(path, world.keys.admin_key)).json()["timeline"]
    actions = [row for row in rows if row["kind"] == "action"]
    assert [row["what"] for row in actions] == [
        "attempt.sync",
        "notice.replay",
        "delivery.replay",
        "refund.retry",
    ]
    assert {row["detail"]["reason"] for row in actions} == {"the bank called"}


async def test_the_longest_text_that_a_list_takes_finds_nothing(world: World) -> None:
    lists = {
        "/v1/admin/actions": ("actor", "subject"),
        "/v1/admin/quarantine": ("gateway",),
        "/v1/admin/attempts": ("gateway",),
        "/v1/admin/refunds": ("gateway",),
        "/v1/admin/search": ("q",),
    }
    for path, names in lists.items():
        for name in names:
            answers = {
                length: await world.get(f"{path}?{name}={'a' * length}", world.keys.admin_key)
                for length in (32, 33, 64, 65, 120, 121, 2000)
            }
            assert {answer.status_code for answer in answers.values()} <= {200, 422}, path
            assert answers[32].status_code == 200
            assert answers[2000].status_code == 422
