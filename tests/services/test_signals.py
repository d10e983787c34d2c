"""Gauges of monitoring are read from the database: each shows its cause, and ends with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from payment_engine.domain.callers import Caller
from payment_engine.domain.gateway import Unknown
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.admin import RouteIn
from payment_engine.domain.wire import Exchange
from payment_engine.services.oncall.route_actions import set_route
from payment_engine.services.routing import breakers
from payment_engine.services.routing.downtimes import providers_of
from payment_engine.signals import SIGNALS, zeros
from tests.gauges import scraped
from tests.world import World, running_world

ROUTE = ("juspay", Method.UPI_INTENT)
EXCHANGE = Exchange(
    at=datetime.now(UTC),
    gateway="juspay",
    operation="x",
    direction="out",
    http_method="GET",
    path="/",
    outcome="answered",
)


@pytest.fixture
async def quiet(quiet_world: World) -> World:
    """Without webhooks, so that attempts stay as they are."""
    return quiet_world


@pytest.fixture
async def stored_webhook(quiet: World) -> AsyncIterator[str]:
    """A verified webhook that nobody has applied yet."""
    await quiet.sql(
        "INSERT INTO inbox_notice (id, gateway, event_id, kind, sealed, received_at) VALUES "
        "('whk_1', 'juspay', 'e1', 'x', '', now() - interval '1 hour') RETURNING id"
    )
    yield "whk_1"
    await quiet.sql("DELETE FROM inbox_notice RETURNING id")


async def test_every_label_set_of_a_gauge_exists_before_anything_has_happened(
    world: World,
) -> None:
    samples = await scraped(world)
    routes = {name: gateway.methods for name, gateway in world.engine.gateways.items()}
    for name, values in zeros(routes, providers_of(world.engine)).items():
        order = sorted(_labels(name))
        by_name = {
            tuple(dict(zip(_labels(name), labels, strict=True))[label] for label in order): value
            for labels, value in values.items()
        }
        if name not in ("heartbeat_age_seconds", "running_processes"):
            assert samples.get(name, {}) | by_name == samples.get(name, {}), name
    assert samples["outbox_messages"] == {(world.keys.merchant_id,): 0}
    assert samples["build_info"]
    assert samples["signals_age_seconds"][()] < 60


def _labels(name: str) -> tuple[str, ...]:
    return next(signal.labels for signal in SIGNALS if signal.name == name)


async def test_a_whole_scrape_is_in_the_format_of_prometheus(world: World) -> None:
    text = (await world.api.get("/metrics")).text
    families = text_string_to_metric_families(text)
    samples = [sample.name for family in families for sample in family.samples]
    assert len(samples) == sum(not line.startswith("#") for line in text.splitlines()) > 100


async def test_counters_of_every_gateway_and_route_exist_before_anything_has_happened(
    world: World,
) -> None:
    samples = await scraped(world)
    assert samples["attempt_results_total"].keys() >= {
        ("juspay", "upi_intent", result)
        for result in ("success", "technical", "business", "drop_off", "rerouted")
    }
    assert ("juspay", "dropped") in samples["notices_total"]
    assert ("check_charge", "held") in samples["jobs_total"]
    assert ("dead",) in samples["deliveries_total"]
    assert ("second_success",) in samples["conflicts_total"]
    assert ("POST", "v1/payments", "503") in samples["http_requests_total"]


async def test_open_attempts_are_counted_by_how_old_they_are_and_no_longer_once_they_end(
    quiet: World,
) -> None:
    payment = await quiet.open_payment()
    attempt = await quiet.start_attempt(payment["id"])
    await quiet.sql("UPDATE attempt SET created_at = now() - interval '40 min' RETURNING id")
    found = (await scraped(quiet))["unsettled_attempts"]
    ages = {age: value for (*route, age), value in found.items() if tuple(route) == ROUTE}
    assert ages == {"0": 1, "300": 1, "1800": 1, "7200": 0, "86400": 0}
    await quiet.customer_decides(attempt)
    await quiet.run_worker(seconds=91)
    assert (await scraped(quiet))["unsettled_attempts"][(*ROUTE, "0")] == 0


async def test_refunds_are_counted_until_they_are_decided(world: World) -> None:
    await world.script_mock("refund_hold", times=1)
    payment = await world.paid_payment()
    body = {"amount": 100, "reason": "returned"}
    assert (await world.post(f"/v1/payments/{payment['id']}/refunds", body)).status_code == 201
    await world.sql("UPDATE refund SET created_at = now() - interval '6 days' RETURNING id")
    samples = await scraped(world)
    assert samples["undecided_refunds"]["432000", "pending"] == 1
    assert samples["unreturned_conflicts"]["900",] == 0
    await world.sql("UPDATE payment SET revision = revision + 1 RETURNING id")
    await world.sql("UPDATE refund SET automatic = true RETURNING id")
    assert (await scraped(world))["unreturned_conflicts"]["900",] == 1


@pytest.mark.breaks_invariants("a review without its event")
async def test_reviews_are_counted_until_they_end(quiet: World) -> None:
    await quiet.start_attempt((await quiet.open_payment())["id"])
    await quiet.sql("UPDATE attempt SET review = 'amount' RETURNING id")
    assert (await scraped(quiet))["open_reviews"]["juspay", "attempt"] == 1
    await quiet.sql("UPDATE attempt SET review = NULL RETURNING id")
    assert (await scraped(quiet))["open_reviews"]["juspay", "attempt"] == 0


async def test_messages_are_counted_by_merchant_until_they_are_delivered(quiet: World) -> None:
    merchant = (quiet.keys.merchant_id,)
    await quiet.start_attempt((await quiet.open_payment())["id"])
    await quiet.sql("UPDATE outbox_message SET created_at = now() - interval '1 h' RETURNING id")
    samples = await scraped(quiet)
    assert samples["outbox_messages"][merchant] == 1
    assert samples["outbox_oldest_seconds"][merchant] >= 3600
    await quiet.sql("UPDATE outbox_message SET state = 'dead' RETURNING id")
    samples = await scraped(quiet)
    assert (samples["outbox_messages"][merchant], samples["outbox_dead"][merchant]) == (0, 1)


async def test_jobs_are_counted_as_due_late_and_suspended(quiet: World) -> None:
    await quiet.start_attempt((await quiet.open_payment())["id"])
    kind = (JobKind.CHECK_CHARGE.value,)
    assert (await scraped(quiet))["jobs_due"][kind] == 0
    due = "UPDATE job SET run_at = now() - interval '{}' WHERE kind = 'check_charge' RETURNING id"
    await quiet.sql(due.format("1 second"))
    samples = await scraped(quiet)
    assert (samples["jobs_due"][kind], samples["jobs_late"][kind]) == (1, 0)
    await quiet.sql(due.format("61 seconds"))
    assert (await scraped(quiet))["jobs_late"][kind] == 1
    await quiet.sql("UPDATE job SET held_at = now() WHERE kind = 'check_charge' RETURNING id")
    samples = await scraped(quiet)
    assert [samples[name][kind] for name in ("jobs_due", "jobs_late", "jobs_suspended")] == [
        0,
        0,
        1,
    ]


async def test_webhooks_are_counted_until_they_are_applied(
    quiet: World, stored_webhook: str
) -> None:
    samples = await scraped(quiet)
    assert samples["unhandled_notices"]["juspay",] == 1
    assert samples["unhandled_notices_oldest_seconds"]["juspay",] >= 3600
    assert samples["last_notice_timestamp_seconds"]["juspay",] == 0
    await quiet.sql("UPDATE inbox_notice SET handled_at = now() RETURNING id")
    samples = await scraped(quiet)
    assert samples["unhandled_notices"]["juspay",] == 0
    assert samples["last_notice_timestamp_seconds"]["juspay",] > 0


async def test_the_last_success_and_the_lag_of_its_webhook_are_known(world: World) -> None:
    before = await scraped(world)
    await world.paid_payment()
    after = await scraped(world)
    assert after["last_success_timestamp_seconds"]["juspay",] > 0
    for name, labels in {
        "notice_lag_seconds_count": ("juspay",),
        "verdict_seconds_count": ROUTE,
        "attempt_results_total": (*ROUTE, "success"),
    }.items():
        assert after[name][labels] > before[name].get(labels, 0), name


async def test_webhooks_in_quarantine_are_counted_by_their_cause(world: World) -> None:
    refused = await world.api.post("/v1/juspay/webhook", json={"id": "x"})
    assert refused.status_code == 401
    assert (await scraped(world))["quarantined"]["no_signature", "juspay"] == 1


async def test_a_breaker_and_a_switch_are_shown_by_a_process_that_never_used_the_route(
    world: World,
) -> None:
    caller = Caller(kind="admin", merchant_id=world.keys.merchant_id)
    for failure in range(5):
        await breakers.record_outcome(world.engine, ROUTE, Unknown(str(failure)))
    request = RouteIn(enabled=False, weight=10, reason="drill")
    await set_route(world.engine, caller, *ROUTE, request)
    idle = await scraped(world)
    assert idle["breaker"][ROUTE] == 2
    assert (idle["route_enabled"][ROUTE], idle["route_weight"][ROUTE]) == (0, 10)
    await world.sql("UPDATE breaker SET state = 'closed' RETURNING id")
    assert (await scraped(world))["breaker"][ROUTE] == 0


async def test_a_bank_that_is_down_is_shown_by_every_process_until_it_works_again(
    world: World,
) -> None:
    provider, labels = (Method.NETBANKING, "HDFC"), ("netbanking", "HDFC")
    assert (await scraped(world))["provider_down_seconds"][labels] == 0
    started = world.engine.now() - timedelta(minutes=5)
    assert await world.engine.work.begin_downtime(provider, started)
    assert (await scraped(world))["provider_down_seconds"][labels] >= 300
    assert await world.engine.work.end_downtime(provider, world.engine.now())
    assert (await scraped(world))["provider_down_seconds"][labels] == 0


@pytest.mark.parametrize("worker", [True, False])
async def test_a_worker_is_alive_while_its_heartbeat_is(world: World, *, worker: bool) -> None:
    assert (await scraped(world))["heartbeat_age_seconds"]["worker",] == inf
    await world.sql(
        "INSERT INTO process (id, role, started_at, heartbeat_at) VALUES ('prc_1', 'worker', "
        "now(), now() - make_interval(secs => $1)) RETURNING id",
        1.0 if worker else 60.0,
    )
    samples = await scraped(world)
    assert (samples["heartbeat_age_seconds"]["worker",] < 10) == worker
    assert samples["running_processes"]["worker",] == worker


async def test_the_pool_and_the_spool_are_those_of_the_process(world: World) -> None:
    samples = await scraped(world)
    assert samples["pool_size"]["payments",] == 8
    assert samples["pool_waiting"]["payments",] == 0
    assert "mongodb_reached" not in samples
    world.engine.raw_log.record(EXCHANGE)
    await world.engine.raw_log._queue.join()
    assert (await scraped(world))["spool_bytes"][()] > samples["spool_bytes"][()]


async def test_a_long_poll_does_not_count_as_a_slow_read(world: World) -> None:
    payment = await world.open_payment()
    before = await scraped(world)
    read = ("v1/payments/<payment_id:str>",)
    tag = {"if-none-match": f'"{payment["version"]}"'}
    await world.get(f"/v1/payments/{payment['id']}?wait=1", **tag)
    after = await scraped(world)
    assert after["long_poll_seconds_count"][()] == before["long_poll_seconds_count"][()] + 1
    assert after["http_seconds_count"][read] == before["http_seconds_count"][read]


async def test_a_charge_that_another_gateway_takes_over_counts_as_rerouted(
    database: str, tmp_path: Path
) -> None:
    others = ("paytm",)
    async with running_world(database, tmp_path / "spool", other_gateways=others) as world:
        before = (await scraped(world))["attempt_results_total"]
        await world.script_mock(
            "http_status", {"gateway": "juspay", "path": "*/txns"}, times=1, status=429
        )
        await world.script_mock("drop_webhook", times=50)
        body = {"method": "upi_intent", "client": {"platform": "android"}}
        for _ in range(12):
            payment = await world.open_payment()
            await world.post(f"/v1/payments/{payment['id']}/attempts", body)
            after = (await scraped(world))["attempt_results_total"]
            rerouted = (*ROUTE, "rerouted")
            if after[rerouted] > before[rerouted]:
                assert after[*ROUTE, "technical"] == before[*ROUTE, "technical"]
                return
        raise AssertionError("no charge was moved")
