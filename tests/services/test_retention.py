"""Rows past their time are deleted; those that somebody may still need are not."""

from payment_engine.services.retention import sweep
from tests.world import World

_ENDED_INSTRUMENTS = """
WITH card AS (INSERT INTO saved_card (id, merchant_id, customer_ref, state, network, last4,
    attempt_id, consent_id, created_at, ended_at)
  SELECT 'crd_' || state, 'mer', 'c', state, 'visa', '4242', 'att', 'cns', now(),
    CASE state WHEN 'deleted' THEN now() END FROM unnest(ARRAY['deleted', 'active']) AS state),
token AS (INSERT INTO card_token (id, card_id, gateway, state, sealed, created_at, checked_at)
  SELECT 'ctk_' || state, 'crd_' || state, 'juspay', state,
    CASE state WHEN 'active' THEN 'x'::bytea END, now(), now()
  FROM unnest(ARRAY['deleted', 'active']) AS state)
INSERT INTO linked_wallet (id, merchant_id, customer_ref, wallet, gateway, state, sealed,
    created_at, ended_at)
  SELECT 'wal_' || state, 'mer', 'c', 'paytm', 'paytm', state,
    CASE state WHEN 'linked' THEN 'x'::bytea END, now(),
    CASE state WHEN 'delinked' THEN now() END
  FROM unnest(ARRAY['delinked', 'linked']) AS state RETURNING id
"""


async def counted(world: World, table: str) -> int:
    rows = await world.sql(f"SELECT count(*) AS n FROM {table}")  # noqa: S608
    return int(rows[0]["n"])


async def test_keys_webhooks_and_messages_are_deleted_when_their_time_is_over(world: World) -> None:
    await world.paid_payment()
    await world.run_worker()
    tables = ("idempotency_key", "inbox_notice", "outbox_message")
    await sweep(world.engine)
    assert all([await counted(world, table) for table in tables])
    world.clock.advance(days=365)
    await sweep(world.engine)
    assert [await counted(world, table) > 0 for table in tables] == [False, True, True]
    world.clock.advance(days=2)
    await sweep(world.engine)
    assert [await counted(world, table) for table in tables] == [0, 0, 0]
    assert await counted(world, "payment_event") > 0


async def test_what_indian_rules_want_for_a_year_is_stored_for_a_year_by_default(
    world: World,
) -> None:
    fields = type(world.engine.settings).model_fields
    for name in ("raw_log_days", "keep_notices_days", "keep_messages_days", "keep_personal_days"):
        assert fields[name].default == 366, "a leap year has 366 days"
    assert fields["keep_history_days"].default is None


async def test_messages_of_a_shop_without_an_address_do_not_stay_for_ever(world: World) -> None:
    await world.sql("UPDATE merchant SET notify_url = NULL RETURNING id")
    await world.paid_payment()
    await world.run_worker()
    world.clock.advance(days=367)
    await sweep(world.engine)
    assert await counted(world, "outbox_message") == 0


async def test_what_was_never_handled_or_delivered_stays(world: World) -> None:
    await world.mock.post("/control/shop", json={"answer": 500, "times": 100})
    await world.paid_payment()
    await world.sql("UPDATE inbox_notice SET handled_at = NULL RETURNING id")
    world.clock.advance(days=367)
    await sweep(world.engine)
    assert await counted(world, "inbox_notice") > 0
    assert await counted(world, "outbox_message") > 0


async def test_a_message_that_was_given_up_waits_a_year_for_a_person(world: World) -> None:
    await world.paid_payment()
    await world.sql("UPDATE outbox_message SET state = 'dead' RETURNING id")
    world.engine.settings.keep_messages_days = 7
    for days, left in ((300, True), (67, False)):
        world.clock.advance(days=days)
        await sweep(world.engine)
        assert (await counted(world, "outbox_message") > 0) is left


async def test_quarantined_webhooks_are_stored_for_a_fortnight(world: World) -> None:
    await world.api.post("/v1/juspay/webhook", content=b"{}", auth=("juspay-hook", "wrong"))
    world.clock.advance(days=13)
    await sweep(world.engine)
    assert await counted(world, "quarantined") == 1
    world.clock.advance(days=2)
    await sweep(world.engine)
    assert await counted(world, "quarantined") == 0


_DUE_LATER = """
UPDATE job SET run_at = now() + interval '1 day' WHERE kind = 'check_charge' RETURNING id
"""
_DUE = "SELECT id FROM job WHERE kind = 'check_charge' AND run_at < now() + interval '1 hour'"


async def test_returns_from_one_address_are_all_sent_on_and_polled(world: World) -> None:
    """An ingress's address is that of all customers, if nobody counts the proxies."""
    world.engine.settings.returns_rate = "2/minute"
    attempts = [await world.start_attempt((await world.open_payment())["id"]) for _ in range(4)]
    await world.sql(_DUE_LATER)
    for attempt in attempts:
        path = f"/v1/juspay/return?order_id={attempt['id'].removeprefix('att_')}"
        assert (await world.api.get(path)).status_code == 303
    assert len(await world.sql(_DUE)) == 4


async def test_returns_of_one_attempt_are_all_sent_on_and_few_of_them_poll(world: World) -> None:
    world.engine.settings.returns_rate = "2/minute"
    attempt = await world.start_attempt((await world.open_payment())["id"])
    path = f"/v1/juspay/return?order_id={attempt['id'].removeprefix('att_')}"
    polled = []
    for _ in range(4):
        await world.sql(_DUE_LATER)
        assert (await world.api.get(path)).status_code == 303
        polled.append(len(await world.sql(_DUE)))
    assert polled == [1, 1, 0, 0]


async def test_what_is_left_of_deleted_instruments_leaves_after_a_year(world: World) -> None:
    await world.sql(_ENDED_INSTRUMENTS)
    tables = ("saved_card", "card_token", "linked_wallet")
    world.clock.advance(days=365)
    await sweep(world.engine)
    assert [await counted(world, table) for table in tables] == [2, 2, 2]
    world.clock.advance(days=2)
    await sweep(world.engine)
    assert [await counted(world, table) for table in tables] == [1, 1, 1]
