"""Virtual time: it runs, stands still or jumps, and everything due happens in order."""

from datetime import datetime, timedelta

import pytest


def time_of(text):
    return datetime.fromisoformat(text)


async def test_what_falls_due_within_a_jump_has_happened_when_it_is_answered(start):
    mock = await start(auto_approve_after=300)
    await mock.new_order()
    await mock.txn()
    await mock.control("/clock", {"advance": 299})
    assert (await mock.status())["status"] == "PENDING_VBV"
    await mock.control("/clock", {"advance": 2})
    assert (await mock.status())["status"] == "CHARGED"


async def test_time_stands_still_when_frozen_and_runs_on_from_there(start):
    mock = await start(auto_approve_after=0.05)
    half = "2031-01-01T00:00:00.5Z"
    frozen = (await mock.control("/clock", {"set": half, "freeze": True}))["now"]
    await mock.new_order()
    await mock.txn()
    clock = await mock.control("/clock", {"advance": 0.01})
    assert (await mock.status())["status"] == "PENDING_VBV"
    assert (clock["now"], clock["frozen"], clock["timers"]) == (frozen, True, 1)
    await mock.control("/clock", {"freeze": False})
    assert await mock.until_status("CHARGED")


async def test_the_clock_is_set_forward_only(mock):
    await mock.control("/clock", {"set": "2031-01-01T00:00:00+05:30", "freeze": True})
    assert (await mock.control("/clock"))["now"] == "2030-12-31T18:30:00Z"
    back = await mock.client.post("/control/clock", json={"set": "2030-01-01T00:00:00Z"})
    assert back.status_code == 400


@pytest.mark.parametrize(
    "body", [{"advance": -1}, {"advance": True}, {"advance": "soon"}, {"set": "soon"}, {}]
)
async def test_a_move_that_makes_no_sense_is_refused(mock, body):
    assert (await mock.client.post("/control/clock", json=body)).status_code == 400


async def test_a_late_success_takes_a_day_in_no_time(mock):
    await mock.control("/clock", {"freeze": True})
    await mock.script("late_success", seconds=600, after=86400)
    await mock.new_order()
    await mock.txn()
    statuses = []
    for jump in (599, 1, 86399, 1):
        await mock.control("/clock", {"advance": jump})
        statuses.append((await mock.status())["status"])
    assert statuses == ["PENDING_VBV", "AUTHORIZATION_FAILED", "AUTHORIZATION_FAILED", "CHARGED"]


async def test_webhooks_are_tried_again_by_the_mocks_time(start, hook):
    mock = await start(webhook_retries=(60, 3600, 86400))
    hook.answers = [500, 500, 500]
    await mock.control("/clock", {"freeze": True})
    await mock.new_order()
    await mock.txn()
    assert (await hook.next())["status"] == 500
    await mock.control("/clock", {"advance": 7 * 86400})
    sent = (await mock.control("/webhooks"))["webhooks"][0]
    assert sent["tries"] == [500, 500, 500, 200]
    gaps = [time_of(b) - time_of(a) for a, b in zip(sent["times"], sent["times"][1:], strict=False)]
    assert gaps == [timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)]


async def test_a_jump_lets_webhooks_go_in_the_order_of_their_moments(mock, hook):
    await mock.control("/clock", {"freeze": True})
    await mock.script("delay_webhook", {"event": "TXN_CREATED"}, seconds=900)
    await mock.script("late_success", seconds=300, after=300)
    await mock.new_order()
    await mock.txn()
    await mock.control("/clock", {"advance": 3600})
    events = [(await hook.next())["event_name"] for _ in range(3)]
    assert events == ["ORDER_FAILED", "ORDER_SUCCEEDED", "TXN_CREATED"]


async def test_tokens_age_with_the_clock(mock):
    await mock.new_order()
    token = await mock.token()
    await mock.control("/clock", {"advance": 16 * 60})
    answer = await mock.txn(payment_method_type="CARD", card_token=token)
    assert answer.status_code == 400


async def test_a_reset_lets_time_run_again(mock):
    await mock.control("/clock", {"freeze": True, "advance": 1e6})
    await mock.control("/reset", {})
    clock = await mock.control("/clock")
    assert (clock["frozen"], clock["timers"]) == (False, 0)
