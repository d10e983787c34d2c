"""Webhooks with invalid signatures: quarantined encrypted, in limited number and size."""

import pytest

from tests.world import JUSPAY, World

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
    assert [(one["gateway"], one["verified_at"]) for one in listed["items"]] == [("juspay", None)]
    text = (await world.api.get("/metrics")).text
    assert 'notices_total{gateway="juspay",outcome="quarantined"}' in text


async def test_one_that_is_sent_again_is_one_row_with_a_count_and_its_cause(world: World) -> None:
    for _ in range(3):
        await send_forged(world)
    world.engine.settings.quarantine_most = 1
    await send_forged(world)
    await send_forged(world, b"another")
    answer = await world.api.post("/v1/juspay/webhook", content=b"{}")
    assert answer.status_code == 401

    listed = (await world.get("/v1/admin/quarantine", world.keys.admin_key)).json()["items"]
    assert [(one["cause"], one["times"]) for one in listed] == [("wrong_signature", 4)]
    assert listed[0]["last_received_at"] >= listed[0]["received_at"]


async def test_nothing_of_an_unverified_webhook_is_in_the_raw_log(world: World) -> None:
    await send_forged(world, b'{"content":' + b"[" * 20_000)
    await send_forged(world, b"4 " * 16_000)
    spool = list((world.engine.settings.spool_dir).rglob("*"))
    assert not [path for path in spool if path.is_file() and b"notice:" in path.read_bytes()]
    assert await count_quarantined(world) == 2


async def test_forged_webhooks_leave_room_for_one_that_cannot_be_read(world: World) -> None:
    world.engine.settings.quarantine_most = 1
    signed = (JUSPAY["webhook_username"], JUSPAY["webhook_password"])
    await send_forged(world)
    answers = [
        await world.api.post("/v1/juspay/webhook", content=body, auth=signed)
        for body in (b"[]", b"[]", b"[1]")
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 503]
    assert int(answers[2].headers["retry-after"]) > 60
    assert await count_quarantined(world) == 2


@pytest.mark.parametrize("body", [b'{"id":"evt_1"', b"[]", b'{"event_name":"ORDER_SUCCEEDED"}'])
async def test_a_verified_webhook_that_cannot_be_read_is_acknowledged_and_stored(
    world: World, body: bytes
) -> None:
    signed = (JUSPAY["webhook_username"], JUSPAY["webhook_password"])
    for _ in range(2):
        answer = await world.api.post("/v1/juspay/webhook", content=body, auth=signed)
        assert answer.status_code == 200

    listed = (await world.get("/v1/admin/quarantine", world.keys.admin_key)).json()["items"]
    assert [(one["cause"], one["times"]) for one in listed] == [("not_understood", 2)]
    text = (await world.api.get("/metrics")).text
    assert 'notices_total{gateway="juspay",outcome="not_understood"}' in text


async def test_a_webhook_that_is_too_large_is_not_stored(world: World) -> None:
    await send_forged(world, b"x" * 40_000)
    assert await count_quarantined(world) == 0


async def test_of_a_flood_only_some_are_stored(world: World) -> None:
    world.engine.settings.quarantine_rate = "3/hour"
    for n in range(6):
        await send_forged(world, b"%d" % n)
    assert await count_quarantined(world) == 3


async def test_the_quarantine_has_a_limited_size(world: World) -> None:
    world.engine.settings.quarantine_most = 2
    for n in range(4):
        await send_forged(world, b"%d" % n)
    assert await count_quarantined(world) == 2
