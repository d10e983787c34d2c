"""Webhooks with invalid signatures: quarantined encrypted, in limited number and size."""

from tests.world import World

FORGED = ("juspay-hook", "wrong")


async def knock(world: World, body: bytes = b'{"content":"asha@ybl"}') -> None:
    answer = await world.api.post("/v1/juspay/webhook", content=body, auth=FORGED)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")


async def kept(world: World) -> int:
    return int((await world.sql("SELECT count(*) AS n FROM quarantined"))[0]["n"])


async def test_what_does_not_verify_is_kept_sealed_and_counted(world: World) -> None:
    await knock(world)
    rows = await world.sql("SELECT encode(sealed, 'escape') AS sealed, size FROM quarantined")
    assert rows[0]["size"] == 22
    assert "asha" not in rows[0]["sealed"]
    listed = (await world.get("/v1/admin/quarantine", world.keys.admin_key)).json()
    assert [(one["gateway"], one["verified_at"]) for one in listed["quarantined"]] == [
        ("juspay", None)
    ]
    shown = (await world.api.get("/metrics")).text
    assert 'notices_total{gateway="juspay",outcome="quarantined"}' in shown


async def test_what_is_too_large_is_refused_and_not_kept(world: World) -> None:
    await knock(world, b"x" * 40_000)
    assert await kept(world) == 0


async def test_of_a_flood_only_some_are_kept(world: World) -> None:
    world.engine.settings.quarantine_rate = "3/hour"
    for _ in range(6):
        await knock(world)
    assert await kept(world) == 3


async def test_no_more_are_kept_than_may_wait(world: World) -> None:
    world.engine.settings.quarantine_most = 2
    for _ in range(4):
        await knock(world)
    assert await kept(world) == 2
