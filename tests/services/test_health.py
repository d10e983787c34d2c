"""The health matrix: each route with its last hour and the same one of other days."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from payment_engine import __version__
from payment_engine.db.health import _READ as STATEMENT
from payment_engine.db.health import DAYS, MOST
from payment_engine.domain.payment_methods import Method
from tests.db.explained import rows_read
from tests.people import key_of
from tests.world import World

MIGRATIONS = Path(__file__).parents[2] / "migrations"
FILL = """
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
    customer_ref, customer, return_url, capture, created_at, expires_at)
  SELECT 'pay_' || d || n, $1, d || '-' || n, 'open', 100, 'INR', '[]', '{}', 'c', '', '',
    'automatic', now() - d * interval '1 day' - interval '10 min', now()
  FROM unnest($2::int[]) d, generate_series(1, 10) n
"""
ATTEMPTS = """
INSERT INTO attempt (id, payment_id, number, ref, gateway, method, status, amount, amount_captured,
    currency, live, decline_code, settled_at, created_at, expires_at)
  SELECT 'att' || substr(p.id, 4), p.id, 1, substr(p.id, 5), 'juspay', 'upi_intent', s.status, 100,
    CASE WHEN s.status = 'captured' THEN 100 ELSE 0 END, 'INR', false, s.code,
    CASE WHEN s.status <> 'pending' THEN p.created_at + interval '20 s' END, p.created_at,
    p.expires_at
  FROM payment p CROSS JOIN LATERAL (SELECT
    CASE WHEN p.order_id ~ '-[1-6]$' THEN 'captured' WHEN p.order_id ~ '-10$' THEN 'pending'
      ELSE 'failed' END AS status,
    CASE WHEN p.order_id ~ '-[78]$' THEN 'insufficient_funds'
      WHEN p.order_id ~ '-9$' THEN 'cancelled_by_customer' END AS code) s
"""


async def matrix(world: World) -> dict[str, Any]:
    """The health as a person on call reads it."""
    answer = await world.get("/v1/admin/health", world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def upi(health: dict[str, Any]) -> dict[str, Any]:
    """One route of it."""
    routes = (each for each in health["routes"] if each["route"]["method"] == "upi_intent")
    return dict(next(routes))


async def test_a_route_without_attempts_is_there_with_nothing(world: World) -> None:
    route = upi(await matrix(world))
    assert (route["now"]["attempts"], route["now"]["per_thousand"]) == (0, None)
    assert (route["seconds_p50"], route["last_success_at"], route["reasons"]) == (None, None, [])
    assert route["route"]["breaker"] == "closed"


@pytest.mark.breaks_invariants("rows written by hand have no history")
async def test_each_hour_is_summed_and_drop_offs_are_apart(world: World) -> None:
    await world.sql(FILL + " RETURNING id", world.keys.merchant_id, [0, 1, 7])
    await world.sql(ATTEMPTS + " RETURNING id")
    route = upi(await matrix(world))
    hour = {
        "attempts": 10,
        "succeeded": 6,
        "failed": 2,
        "dropped_off": 1,
        "undecided": 1,
        "per_thousand": 750,
    }
    assert [route[day] for day in ("now", "yesterday", "week_ago")] == [hour] * 3
    assert (route["seconds_p50"], route["seconds_p95"]) == (20, 20)
    assert route["reasons"][0] == {"decline_code": "insufficient_funds", "attempts": 2}
    assert route["last_success_at"]


@pytest.mark.breaks_invariants("rows written by hand have no history")
async def test_nothing_of_another_merchant_is_shown(world: World) -> None:
    await world.sql(
        "INSERT INTO merchant (id, name, created_at) VALUES "
        "('mer_other', 'Other', now()) RETURNING id"
    )
    await world.sql(FILL + " RETURNING id", "mer_other", [0])
    await world.sql(ATTEMPTS + " RETURNING id")
    health = await matrix(world)
    assert upi(health)["now"]["attempts"] == 0
    assert "mer_other" not in str(health)


async def test_what_waits_or_is_off_is_shown_and_what_is_at_rest_is_not(world: World) -> None:
    await world.script_mock("hold")
    await world.script_mock("drop_webhook", times=50)
    await world.start_attempt((await world.open_payment())["id"])
    gauges = (await matrix(world))["gauges"]
    assert {"labels": {"merchant": world.keys.merchant_id}, "value": 1.0} in gauges[
        "outbox_messages"
    ]
    assert "route_enabled" not in gauges
    assert "breaker" not in gauges


@pytest.mark.breaks_invariants("rows written by hand have no history")
async def test_the_matrix_reads_the_hours_it_shows(world: World, database: str) -> None:
    await world.sql(FILL + " RETURNING id", world.keys.merchant_id, list(range(300)))
    await world.sql(ATTEMPTS + " RETURNING id")
    connection = await asyncpg.connect(database)
    await connection.execute("ANALYZE attempt; ANALYZE payment")
    values = (world.keys.merchant_id, list(DAYS), MOST)
    assert await rows_read(connection, "attempt", STATEMENT, *values) <= 40
    await connection.close()


async def test_the_series_has_the_success_rate_of_each_interval(world: World) -> None:
    await world.paid_payment()
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]), "decline")
    await world.wait_for_status(payment["id"], "open")
    path = "/v1/admin/health/series?every=60"
    answer = await world.get(path, world.keys.admin_key)
    found = answer.json()["items"]
    assert sum(one["attempts"] for one in found) == 2
    assert sum(one["succeeded"] for one in found) == 1
    assert [one["seconds_p95"] for one in found if one["succeeded"]] == [0]
    for other in ("gateway=paytm", "method=card"):
        answer = await world.get(f"{path}&{other}", world.keys.admin_key)
        assert answer.json() == {"items": []}


async def test_who_calls_is_named_with_their_roles(world: World) -> None:
    key = await key_of(world, "kiran@pharmacy.example", "read", "refund")
    answer = await world.get("/v1/admin/me", key)
    assert answer.json() == {
        "actor": "kiran@pharmacy.example",
        "merchant": "Demo Pharmacy",
        "roles": ["read", "refund"],
    }


@pytest.mark.breaks_invariants("rows written by hand have no history")
async def test_banks_and_apps_have_hours_of_their_own_through_all_gateways(world: World) -> None:
    await world.sql(FILL + " RETURNING id", world.keys.merchant_id, [0, 1, 7])
    await world.sql(ATTEMPTS + " RETURNING id")
    await world.sql("UPDATE attempt SET choice = 'gpay' WHERE ref ~ '[1-5]$' RETURNING id")
    health = await matrix(world)
    (gpay,) = health["providers"]
    assert (gpay["method"], gpay["provider"], gpay["down_since"]) == ("upi_intent", "gpay", None)
    assert {day: gpay[day]["succeeded"] for day in ("now", "yesterday", "week_ago")} == {
        "now": 5,
        "yesterday": 5,
        "week_ago": 5,
    }
    assert (gpay["seconds_p50"], gpay["seconds_p95"]) == (20, 20)
    assert upi(health)["now"]["succeeded"] == 6


async def test_a_bank_that_is_down_is_there_without_any_attempt(world: World) -> None:
    provider = (Method.NETBANKING, "HDFC")
    assert await world.engine.work.begin_downtime(provider, world.engine.now())
    (hdfc,) = (await matrix(world))["providers"]
    assert (hdfc["provider"], hdfc["now"]["attempts"]) == ("HDFC", 0)
    assert hdfc["down_since"]
    assert hdfc["probe_at"] > hdfc["down_since"]


async def test_a_gateway_has_its_last_success_and_webhook(world: World) -> None:
    gateways = {each["gateway"]: each for each in (await matrix(world))["gateways"]}
    assert gateways["juspay"]["last_webhook_at"] is None
    await world.paid_payment()
    world.engine.signals._last = type(world.engine.signals._last)()
    gateways = {each["gateway"]: each for each in (await matrix(world))["gateways"]}
    assert gateways["juspay"]["last_webhook_at"]
    assert gateways["juspay"]["last_success_at"]
    assert gateways["juspay"]["health"] == "up"


async def test_what_runs_is_there(world: World) -> None:
    versions = (await matrix(world))["versions"]
    assert versions["payment_engine"] == __version__
    assert versions["postgresql"][0].isdigit()
    last = sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))[-1]
    assert versions["migration"] == last
