"""Customer tokens of a shop reach the customer's own instruments: no payment, nobody else's."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from payment_engine.services.access.merchants import register
from tests.api.responses import refusal
from tests.customers import CONSENT, KEY, SETTINGS, SHOP, call_as_customer, claims, token_of
from tests.world import World, running_world

UNKNOWN = (401, "unauthenticated")
VPAS = "/v1/upi/vpas"
SIGNING = RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", **SETTINGS) as world:
        yield world


async def saved(world: World, token: str, vpa: str = "asha.rao@okaxis") -> str:
    answer = await call_as_customer(world, "POST", VPAS, token, {"vpa": vpa, "save": CONSENT})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def saved_vpas(world: World, token: str) -> list[str]:
    return [one["id"] for one in (await call_as_customer(world, "GET", VPAS, token)).json()["vpas"]]


async def test_a_customer_and_the_checkout_of_their_payment_reach_the_same_things(
    world: World,
) -> None:
    payment = await world.open_payment()
    mine = await saved(world, token_of(world, payment["customer"]["ref"]))
    assert await saved_vpas(world, payment["checkout"]["token"]) == [mine]


async def test_anothers_things_do_not_exist(world: World) -> None:
    mine, theirs = token_of(world, "cust-1"), token_of(world, "cust-2")
    vpa_id = await saved(world, mine)
    assert await saved_vpas(world, theirs) == []
    gone = await call_as_customer(world, "DELETE", f"{VPAS}/{vpa_id}", theirs)
    missing = await call_as_customer(world, "DELETE", f"{VPAS}/vpa_00000000000000000000", theirs)
    assert refusal(gone) == refusal(missing) == (404, "not_found")
    assert await saved_vpas(world, mine) == [vpa_id]


async def test_a_token_cannot_name_another_merchant(database: str, tmp_path: Path) -> None:
    settings = {**SETTINGS, "customer_jwt_issuer": None}
    async with running_world(database, tmp_path / "spool", **settings) as world:
        other = await register(world.engine, "Another Pharmacy", None)
        await saved(world, token_of(world, "cust-1", iss="Demo Pharmacy"))
        for named in ("Another Pharmacy", other.merchant_id, "Nobody"):
            answer = await call_as_customer(
                world, "GET", VPAS, token_of(world, "cust-1", iss=named)
            )
            assert refusal(answer) == UNKNOWN


async def test_a_token_that_never_ends_is_refused(world: World) -> None:
    for days, valid in ((1, True), (1.1, False), (36_500, False)):
        exp = int(world.engine.now().timestamp() + days * 86_400)
        answer = await call_as_customer(world, "GET", VPAS, token_of(world, "cust-1", exp=exp))
        assert answer.is_success is valid


async def test_a_customer_sees_no_payment_not_even_their_own(world: World) -> None:
    payment = await world.open_payment()
    path, token = f"/v1/payments/{payment['id']}", token_of(world, payment["customer"]["ref"])
    calls = [
        await world.get(path, token),
        await world.get(f"{path}/methods", token),
        await world.post(f"{path}/attempts", {"method": "upi_qr"}, token),
        await world.post(f"{path}/cancel", {}, token),
        await world.get(f"/v1/payments?order_id={payment['order_id']}", token),
    ]
    assert {refusal(answer) for answer in calls} == {(403, "forbidden")}


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": 1},
        {"exp": "soon"},
        {"nbf": 4_000_000_000},
        {"iat": 4_000_000_000},
        {"aud": None},
        {"aud": "another-service"},
        {"iss": None},
        {"iss": "https://other.example"},
        {"sub": None},
        {"sub": ""},
        {"sub": 5},
        {"sub": "a b"},
        {"sub": "c" * 65},
        {"key": KEY[::-1]},
    ],
    ids=str,
)
async def test_a_token_that_is_not_the_shops_word_is_refused(
    world: World, changes: dict[str, Any]
) -> None:
    key = changes.pop("key", KEY)
    token = token_of(world, "cust-1", key, **changes)
    assert refusal(await call_as_customer(world, "GET", VPAS, token)) == UNKNOWN


async def test_a_token_ends_when_it_says(world: World) -> None:
    token = token_of(world, "cust-1")
    assert await saved_vpas(world, token) == []
    world.clock.advance(minutes=12)
    assert refusal(await call_as_customer(world, "GET", VPAS, token)) == UNKNOWN


def public(tmp_path: Path, *, inline: bool) -> str:
    text = json.dumps(KeySet([SIGNING]).as_dict(private=False))
    path = tmp_path / "jwks.json"
    path.write_text(text)
    return text if inline else str(path)


@pytest.mark.parametrize("inline", [True, False], ids=["inline", "file"])
async def test_the_shop_may_publish_keys_instead_of_sharing_one(
    database: str, tmp_path: Path, *, inline: bool
) -> None:
    jwks = public(tmp_path, inline=inline)
    settings = {**SETTINGS, "customer_jwt_key": None, "customer_jwks": jwks}
    async with running_world(database, tmp_path / "spool", **settings) as world:
        payload = claims(world, "cust-1")
        good = jwt.encode({"alg": "RS256", "kid": "one"}, payload, SIGNING)
        stranger = RSAKey.generate_key(2048, {"kid": "one"})
        forged = jwt.encode({"alg": "RS256", "kid": "one"}, payload, stranger)
        assert await saved_vpas(world, good) == []
        for bad in (forged, token_of(world, "cust-1"), token_of(world, "cust-1", jwks)):
            assert refusal(await call_as_customer(world, "GET", VPAS, bad)) == UNKNOWN


async def test_without_a_key_of_the_shops_no_customer_has_a_token(
    database: str, tmp_path: Path
) -> None:
    async with running_world(database, tmp_path / "spool") as world:
        answer = await call_as_customer(world, "GET", VPAS, token_of(world, "cust-1", iss=SHOP))
        assert refusal(answer) == UNKNOWN
