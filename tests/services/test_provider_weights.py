"""Weights of a gateway for one bank, UPI app, wallet or card network."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from payment_engine.services.routing.breakers import refresh_routes
from tests.second_gateway import add_gateway
from tests.world import World

HDFC = "netbanking/HDFC"


async def weigh(world: World, path: str, weight: int | None, **more: Any) -> dict[str, Any]:
    body = {"weight": weight, "reason": "HDFC is slow there", **more}
    token = world.headers(world.keys.admin_key)
    answer = await world.api.put(f"/v1/admin/routes/{path}", json=body, headers=token)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["outcome"])


async def routed(world: World, **request: Any) -> dict[str, Any]:
    """How the gateway of a new attempt was chosen."""
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], **request)
    [event] = await world.sql(
        "SELECT data::text AS data FROM payment_event WHERE type = 'attempt.created' "
        "AND attempt_id = $1",
        attempt["id"],
    )
    return dict(json.loads(event["data"])["routing"])


async def pay_at(world: World, bank: str) -> dict[str, Any]:
    return await routed(world, method="netbanking", bank=bank)


async def test_charges_of_one_bank_go_elsewhere_and_the_history_names_the_rule(
    world: World,
) -> None:
    add_gateway(world, "second")
    await weigh(world, f"juspay/{HDFC}", 0)
    for _ in range(4):
        routing = await pay_at(world, "HDFC")
        assert (routing["chosen"], routing["rule"]) == ("second", "usual")
        rules = {each["gateway"]: each["rule"] for each in routing["candidates"]}
        assert rules["juspay"] == f"juspay/{HDFC}"
    assert {each["rule"] for each in (await pay_at(world, "ICIC"))["candidates"]} == {"usual"}


async def test_the_weight_for_a_bank_comes_before_that_of_its_method(world: World) -> None:
    add_gateway(world, "second")
    for method in ("juspay/netbanking", "second/netbanking"):
        await weigh(world, method, 0 if method.startswith("juspay") else 50)
    await weigh(world, f"second/{HDFC}", 0)
    await weigh(world, f"juspay/{HDFC}", 1)
    routing = await pay_at(world, "HDFC")
    assert (routing["chosen"], routing["rule"]) == ("juspay", f"juspay/{HDFC}")
    assert (await pay_at(world, "ICIC"))["rule"] == "second/netbanking"


async def test_a_upi_app_is_weighed_apart_too(world: World) -> None:
    add_gateway(world, "second")
    await weigh(world, "juspay/upi_intent/gpay", 0)
    routing = await routed(world, method="upi_intent", app="gpay", client={"platform": "android"})
    assert routing["chosen"] == "second"


async def test_a_dry_run_shows_which_share_of_charges_each_gateway_would_get(world: World) -> None:
    add_gateway(world, "second")
    others = [name for name in world.engine.gateways if name not in ("juspay", "second")]
    for name in others:
        if "netbanking" in {each.value for each in world.engine.gateways[name].methods}:
            await weigh(world, f"{name}/{HDFC}", 0)
    tried = await weigh(world, f"juspay/{HDFC}", 300, dry_run=True)
    assert (tried["before"], tried["after"]) == ({"weight": None}, {"weight": 300})
    named = ("juspay", "second")
    assert [tried["shares_before"][name] for name in named] == [50, 50]
    assert [tried["shares_after"][name] for name in named] == [75, 25]
    assert (await pay_at(world, "HDFC"))["rule"] == "usual"


async def test_null_takes_a_weight_away_and_the_list_shows_what_goes(world: World) -> None:
    await weigh(world, f"juspay/{HDFC}", 10)
    path, key = "/v1/admin/routes/juspay/netbanking", world.keys.admin_key
    [document] = (await world.get(path, key)).json()["provider_weights"]
    assert (document["provider"], document["weight"]) == ("HDFC", 10)
    undone = await weigh(world, f"juspay/{HDFC}", None)
    assert (undone["before"], undone["after"]) == ({"weight": 10}, {"weight": None})
    assert (await world.get(path, key)).json()["provider_weights"] == []
    assert (await pay_at(world, "HDFC"))["rule"] == "usual"


async def test_a_weight_for_a_time_ends_by_itself(world: World) -> None:
    done = await weigh(world, f"juspay/{HDFC}", 10, expires_in=60)
    expires_at = datetime.fromisoformat(done["expires_at"])
    assert expires_at - datetime.now(UTC) <= timedelta(seconds=60)
    assert (await pay_at(world, "HDFC"))["rule"] == f"juspay/{HDFC}"
    await world.sql("UPDATE provider_weight SET expires_at = now() RETURNING id")
    await refresh_routes(world.engine)
    assert (await pay_at(world, "HDFC"))["rule"] == "usual"


async def test_nobody_weighs_what_no_customer_is_offered(world: World) -> None:
    token = world.headers(world.keys.admin_key)
    body = {"weight": 10, "reason": "not there"}
    for path in ("juspay/netbanking/NOBANK", "juspay/card/HDFC", "gone/card/rupay", "juspay/x/y"):
        answer = await world.api.put(f"/v1/admin/routes/{path}", json=body, headers=token)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    answer = await world.api.put("/v1/admin/routes/juspay/card/rupay", json=body, headers=token)
    assert answer.status_code == 200, answer.text
    without = await world.api.put(
        "/v1/admin/routes/juspay/card/rupay", json={"reason": "none"}, headers=token
    )
    assert without.json()["errors"][0]["pointer"] == "/weight"
