"""Webhooks with invalid signatures: quarantined encrypted, in limited number and size."""

from tests.world import World

FORGED = ("juspay-hook", "wrong")


async def send_forged(world: World, body: bytes = b'{"content":"asha@ybl"}') -> None:
    answer = await world.api.post("/v1/juspay/webhook", content=body, auth=FORGED)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")


async def count_quarantined(world: World) -> int:
    return int((await world.sql("SELECT count(*) AS n FROM quarantined"))[0]["n"])


async def test_a_webhook_that_does_not_verify_is_stored_sealed_and_counted(world: World) -> None:
    await send_forged(world)
    rows = await world.sql("SELECT encode(sealed, 'escape') AS sealed, size FROM quarantined")
    assert rows[0]["size"] == 22
    assert "asha" not in rows[0]["sealed"]
    listed = (await world.get("/v1/admin/quarantine", world.keys.admin_key)).json()
    assert [(one["gateway"], one["verified_at"]) for one in listed["quarantined"]] == [
        ("juspay", None)
    ]
    text = (await world.api.get("/metrics")).text
    assert 'notices_total{gateway="juspay",outcome="quarantined"}' in text


async def test_a_webhook_that_is_too_large_is_not_stored(world: World) -> None:
    await send_forged(world, b"x" * 40_000)
    assert await count_quarantined(world) == 0


async def test_of_a_flood_only_some_are_stored(world: World) -> None:
    world.engine.settings.quarantine_rate = "3/hour"
    for _ in range(6):
        await send_forged(world)
    assert await count_quarantined(world) == 3


async def test_the_quarantine_has_a_limited_size(world: World) -> None:
    world.engine.settings.quarantine_most = 2
    for _ in range(4):
        await send_forged(world)
    assert await count_quarantined(world) == 2
