"""People on call by tokens of an identity provider, whose keys a server on loopback publishes."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from sanic import HTTPResponse, Request, Sanic

from payment_engine.services.access.merchants import register
from tests.api.oncall_actions import ACTIONS, subjects
from tests.api.responses import refusal
from tests.serving import served
from tests.world import World, running_world

ISSUER = "https://id.pharmacy.example"
SIGNING, NEXT = (RSAKey.generate_key(2048, {"kid": kid}) for kid in ("one", "two"))
UNKNOWN = (401, "unauthenticated")


class Provider:
    """The identity provider: the keys that it publishes now; None while it is away."""

    def __init__(self) -> None:
        self.keys: list[RSAKey] | None = [SIGNING]
        self.app: Sanic[Any, Any] = Sanic("identity-provider")
        self.app.add_route(self._show, "/keys")

    async def _show(self, _: Request) -> HTTPResponse:
        if self.keys is None:
            return HTTPResponse(status=503)
        return HTTPResponse(json.dumps(KeySet([*self.keys]).as_dict(private=False)))


@pytest.fixture
async def provider() -> AsyncIterator[tuple[Provider, str]]:
    provider = Provider()
    async with served(provider.app) as url:
        yield provider, f"{url}/keys"


@pytest.fixture
async def world(
    database: str, tmp_path: Path, provider: tuple[Provider, str]
) -> AsyncIterator[World]:
    settings = {
        "oidc_jwks_url": provider[1],
        "oidc_issuer": ISSUER,
        "oidc_audience": "payment-engine",
        "oidc_merchant": "Demo Pharmacy",
        "oidc_roles_claim": "realm_access.roles",
    }
    async with running_world(database, tmp_path / "spool", **settings) as world:
        yield world


def token_of(
    world: World,
    roles: object = ("read",),
    key: Any = SIGNING,
    head: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    claims = {
        "iss": ISSUER,
        "aud": ["payment-engine", "another"],
        "sub": "5f0c",
        "email": "asha@pharmacy.example",
        "exp": int(world.clock.now().timestamp()) + 600,
        "realm_access": {"roles": roles},
        **changes,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(head or {"alg": "RS256", "kid": "one"}, given, key)


async def status(world: World, token: str) -> int:
    return (await world.get("/v1/admin/actions", token)).status_code


async def test_a_person_acts_with_the_roles_of_their_token_and_the_audit_names_them(
    world: World,
) -> None:
    ids = await subjects(world)
    token = token_of(world, ["operate", "read", "somebody-elses-role"])
    done = await ACTIONS["sync"].perform(world, ids, token=token)
    assert done.json()["actor"] == "asha@pharmacy.example"
    assert refusal(await ACTIONS["set route"].perform(world, ids, token=token)) == (
        403,
        "forbidden",
    )
    listed = (await world.get("/v1/admin/actions", token)).json()["items"]
    assert [one["actor"] for one in listed] == ["asha@pharmacy.example"]
    platform = token_of(world, "config platform")
    assert (await ACTIONS["set route"].perform(world, ids, token=platform)).status_code == 200


async def test_a_token_that_is_not_quite_right_is_refused(world: World) -> None:
    now = int(world.clock.now().timestamp())
    public = json.dumps(SIGNING.as_dict(private=False))
    wrong = {
        "another key": token_of(world, key=NEXT),
        "another audience": token_of(world, aud="another"),
        "no audience": token_of(world, aud=None),
        "expired": token_of(world, exp=now - 61),
        "no end": token_of(world, exp=None),
        "too long": token_of(world, exp=now + 43_200 + 120),
        "not yet": token_of(world, nbf=now + 120),
        "nobody": token_of(world, email=None),
        "a long name": token_of(world, email="a" * 65),
        "an address that nobody verified": token_of(world, email_verified=False),
        "another issuer": token_of(world, iss="https://id.other.example"),
        "no issuer": token_of(world, iss=None),
        "the public key as a secret": token_of(
            world, key=OctKey.import_key(public), head={"alg": "HS256", "kid": "one"}
        ),
        "unsigned": token_of(world).rpartition(".")[0] + ".",
    }
    found = {name: refusal(await world.get("/v1/admin/actions", t)) for name, t in wrong.items()}
    assert found == dict.fromkeys(wrong, UNKNOWN)
    assert await status(world, token_of(world)) == 200


async def test_a_person_without_roles_reaches_nothing(world: World) -> None:
    for roles in ([], "", None, 5, {"read": True}, ["service"], [5]):
        answer = await world.get("/v1/admin/actions", token_of(world, roles))
        assert refusal(answer) == (403, "forbidden"), roles
    assert refusal(await world.get("/v1/payments/pay_x", token_of(world))) == UNKNOWN


async def test_a_person_sees_one_merchant_alone(world: World) -> None:
    ids = await subjects(world)
    path = f"/v1/admin/payments/{ids['pay']}/timeline"
    assert (await world.get(path, token_of(world))).status_code == 200
    other = await register(world.engine, "Another Shop", None)
    assert refusal(await world.get(path, other.admin_key)) == (404, "not_found")


async def test_tokens_go_on_while_the_provider_rotates_its_key_and_while_it_is_away(
    world: World, provider: tuple[Provider, str]
) -> None:
    published = provider[0]
    assert await status(world, token_of(world)) == 200
    published.keys = [SIGNING, NEXT]
    assert world.engine.identity
    world.engine.identity._tried_at -= 10  # as if ten seconds had gone by
    new = token_of(world, key=NEXT, head={"alg": "RS256", "kid": "two"})
    assert await status(world, new) == 200
    published.keys = None
    world.engine.identity._tried_at -= 3000
    world.engine.identity._fetched_at -= 3000
    assert [await status(world, each) for each in (new, token_of(world))] == [200, 200]
    world.engine.identity._fetched_at -= 3000
    answer = await world.get("/v1/admin/actions", new)
    assert refusal(answer) == (503, "unavailable")
    assert (await world.get("/v1/admin/actions", world.keys.admin_key)).status_code == 200
