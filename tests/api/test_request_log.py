"""One line of the log for each request, and what a limited request tells its caller."""

import io
import json
import re
from pathlib import Path
from typing import Any

from tests.customers import CONSENT
from tests.world import World, running_world

CARD = "4242424242424242"


def lines(logged: io.StringIO, event: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in logged.getvalue().splitlines()]
    return [line for line in found if line["event"] == event]


async def test_a_request_has_one_line_with_its_route_status_time_and_ids(
    world: World, logged: io.StringIO
) -> None:
    payment = await world.open_payment()
    answer = await world.get(f"/v1/payments/{payment['id']}", **{"x-request-id": "req-of-shop"})
    assert answer.status_code == 200
    mine = [each for each in lines(logged, "request") if each["request_id"] == "req-of-shop"]
    assert len(mine) == 1
    assert {name: mine[0][name] for name in ("method", "route", "status", "payment", "level")} == {
        "method": "GET",
        "route": "/v1/payments/<payment_id:str>",
        "status": 200,
        "payment": payment["id"],
        "level": "info",
    }
    assert mine[0]["ms"] >= 0


async def test_what_is_refused_and_what_leads_nowhere_have_a_line_too(
    world: World, logged: io.StringIO
) -> None:
    await world.api.get("/v1/payments/pay_x")
    await world.api.get("/nowhere")
    await world.post("/v1/payments", {"nonsense": 1})
    found = [(each["route"], each["status"]) for each in lines(logged, "request")]
    assert found[-3:] == [
        ("/v1/payments/<payment_id:str>", 401),
        ("/unmatched", 404),
        ("/v1/payments", 422),
    ]


async def test_nothing_of_an_address_but_our_ids_is_logged(
    world: World, logged: io.StringIO
) -> None:
    for path in (f"/v1/payments/{CARD}", f"/v1/customers/asha@okaxis/{CARD}", f"/{CARD}?q={CARD}"):
        await world.get(path)
    await world.get("/v1/admin/search?q=9876543210", world.keys.admin_key)
    for secret in (CARD, "asha@okaxis", "9876543210"):
        assert secret not in logged.getvalue()


async def test_probes_have_no_line_while_all_is_well(world: World, logged: io.StringIO) -> None:
    for path in ("/live", "/ready", "/metrics"):
        assert (await world.api.get(path)).status_code == 200
    assert lines(logged, "request") == []


async def test_the_lines_can_be_turned_off(
    database: str, tmp_path: Path, logged: io.StringIO
) -> None:
    async with running_world(database, tmp_path / "spool", log_requests=False) as world:
        await world.open_payment()
    assert lines(logged, "request") == []


async def test_an_ingress_whose_address_is_taken_for_the_callers_is_reported_once(
    world: World, logged: io.StringIO
) -> None:
    await world.api.get("/live")
    assert lines(logged, "proxies_not_counted") == []
    for _ in range(3):
        await world.api.get("/live", headers={"x-forwarded-for": "203.0.113.9"})
    [line] = lines(logged, "proxies_not_counted")
    assert "PE_PROXIES_COUNT" in line["hint"]


async def test_nothing_is_reported_where_the_proxies_are_counted(
    database: str, tmp_path: Path, logged: io.StringIO
) -> None:
    async with running_world(database, tmp_path / "spool", proxies_count=1) as world:
        await world.api.get("/live", headers={"x-forwarded-for": "203.0.113.9"})
    assert lines(logged, "proxies_not_counted") == []


async def test_a_counted_request_tells_what_is_left_and_a_refused_one_when_it_begins_anew(
    world: World,
) -> None:
    world.engine.settings.vpa_checks_per_customer = "2/hour"
    payment = await world.open_payment()
    plain = await world.get(f"/v1/payments/{payment['id']}")
    assert "ratelimit" not in plain.headers
    token, left = payment["checkout"]["token"], []
    for name in ("asha.one", "asha.two", "asha.three"):
        body = {"vpa": f"{name}@okaxis", "save": CONSENT}
        answer = await world.api.post(
            "/v1/upi/vpas", json=body, headers={"authorization": f"Bearer {token}"}
        )
        assert answer.headers["ratelimit-policy"] == '"vpa by customer";q=2;w=3600'
        found = re.fullmatch(r'"vpa by customer";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
        assert found
        left.append((answer.status_code, int(found[1])))
    assert left == [(201, 1), (201, 0), (429, 0)]
    assert answer.headers["retry-after"] == found[2]
