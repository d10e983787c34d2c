"""User config: read, replaced and merged under the version that was read."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.responses import pointers, problem, refusal
from tests.customers import CONSENT, SETTINGS, call_as_customer, token_of
from tests.saved_instruments import CARD, VPA, save_card, save_vpa
from tests.world import World, running_world

PATH, REF = "/v1/user-config", "cust-8812"
GIVEN = {"given": True, "text_version": "2026-01"}


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", **SETTINGS) as world:
        yield world


async def read(world: World, ref: str = REF) -> httpx.Response:
    return await call_as_customer(world, "GET", PATH, token_of(world, ref))


async def change(
    world: World, verb: str, body: Any, if_match: str | None = None, ref: str = REF, **headers: str
) -> httpx.Response:
    """One change of what was just read, unless another version is said to have been seen."""
    tag = (await read(world, ref)).headers["etag"] if if_match is None else if_match
    given = {"if-match": tag, **headers} if tag else headers
    return await call_as_customer(world, verb, PATH, token_of(world, ref), body, **given)


async def test_a_config_that_was_never_set_is_the_default(world: World) -> None:
    answer = await read(world)
    assert answer.json() == {
        "preferred_method": None,
        "default_instrument": None,
        "hidden_methods": [],
        "language": "en",
        "consents": {},
        "consent_history": [],
        "limits": {},
        "version": 0,
        "updated_at": None,
    }
    assert (answer.headers["etag"], answer.headers["cache-control"]) == ('"0"', "no-store")


async def test_a_put_replaces_and_a_patch_merges(world: World) -> None:
    liked = {"preferred_method": "upi_qr", "language": "hi"}
    put = await change(world, "PUT", liked)
    patched = await change(world, "PATCH", {"hidden_methods": ["card"], "language": None})
    replaced = await change(world, "PUT", {"language": "hi"})
    assert [put.status_code, patched.status_code, replaced.status_code] == [200] * 3
    configs = [
        (d["preferred_method"], d["hidden_methods"], d["language"], d["version"])
        for d in (put.json(), patched.json(), replaced.json())
    ]
    assert configs == [("upi_qr", [], "hi", 1), ("upi_qr", ["card"], "en", 2), (None, [], "hi", 3)]
    assert (await read(world)).json() == replaced.json()


async def test_a_merge_patch_may_say_what_it_is(world: World) -> None:
    token, kind = token_of(world, REF), {"content-type": "application/merge-patch+json"}
    headers = {"authorization": f"Bearer {token}", "if-match": '"0"', **kind}
    patched = await world.api.patch(PATH, content=b'{"language":"hi"}', headers=headers)
    put = await world.api.put(PATH, content=b'{"language":"hi"}', headers=headers)
    assert patched.status_code == 200
    assert refusal(put) == (415, "unsupported_media_type")


async def test_a_change_of_what_was_not_read_is_refused(world: World) -> None:
    await change(world, "PUT", {"language": "hi"})
    blind = await change(world, "PATCH", {"language": "en"}, if_match="")
    stale = await change(world, "PATCH", {"language": "en"}, if_match='"0"')
    assert refusal(blind) == (428, "precondition_required")
    assert refusal(stale) == (412, "precondition_failed")
    assert problem(stale)["version"] == 1
    assert (await read(world)).json()["language"] == "hi"


async def test_a_star_means_any_version_but_none(world: World) -> None:
    assert (await change(world, "PUT", {}, if_match="*")).status_code == 412
    await change(world, "PUT", {})
    assert (await change(world, "PUT", {"language": "hi"}, if_match="*")).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"preferred_method": "barter"}, "/preferred_method"),
        ({"default_instrument": "crd_1"}, "/default_instrument"),
        ({"default_instrument": CARD}, "/default_instrument"),
        ({"default_instrument": "wal_00000000000000000000"}, "/default_instrument"),
        ({"hidden_methods": ["card", "x"]}, "/hidden_methods/1"),
        ({"hidden_methods": "card"}, "/hidden_methods"),
        ({"hidden_methods": ["card"], "preferred_method": "card"}, "/preferred_method"),
        ({"language": "fr"}, "/language"),
        ({"limits": {"per_day": 1}}, "/limits"),
        ({"consents": {"world_peace": GIVEN}}, "/consents/world_peace"),
        (
            {"consents": {"save_vpa": {"given": "yes", "text_version": "1"}}},
            "/consents/save_vpa/given",
        ),
        ([], ""),
    ],
)
async def test_what_does_not_fit_is_refused_by_name(world: World, body: Any, pointer: str) -> None:
    for verb in ("PUT", "PATCH"):
        answer = await change(world, verb, body)
        assert refusal(answer) == (422, "invalid_request")
        assert pointers(answer) == [pointer]
    assert (await read(world)).json()["version"] == 0


async def test_the_default_instrument_is_the_customers_own_and_goes_with_it(
    world: World,
) -> None:
    await save_card(world)
    await save_vpa(world)
    chosen = await change(world, "PATCH", {"default_instrument": VPA})
    assert chosen.json()["default_instrument"] == VPA
    assert (await change(world, "PATCH", {"default_instrument": CARD})).status_code == 200
    stranger = await change(world, "PATCH", {"default_instrument": CARD}, ref="cust-other")
    assert refusal(stranger) == (422, "invalid_request")
    await world.sql("UPDATE saved_card SET state = 'delete_pending'")
    assert (await read(world)).json()["default_instrument"] is None


async def test_consents_have_a_current_value_and_a_history(world: World) -> None:
    for consent in (GIVEN, GIVEN, {**GIVEN, "text_version": "2026-02"}):
        await change(world, "PATCH", {"consents": {"save_card": consent}})
    config = (await change(world, "PATCH", {"consents": {"save_card": None}})).json()
    assert (config["consents"]["save_card"]["given"], config["version"]) == (False, 4)
    history = [(each["given"], each["text_version"]) for each in config["consent_history"]]
    assert history == [(False, "2026-02"), (True, "2026-02"), (True, "2026-01")]


async def test_a_put_without_consents_leaves_them(world: World) -> None:
    await change(world, "PUT", {"consents": {"save_card": GIVEN}})
    config = (await change(world, "PUT", {"language": "hi"})).json()
    assert config["consents"]["save_card"]["given"]


async def test_a_consent_taken_back_lets_go_of_what_it_kept(world: World) -> None:
    token = token_of(world, REF)
    body = {"vpa": "asha.rao@okaxis", "save": CONSENT}
    assert (await call_as_customer(world, "POST", "/v1/upi/vpas", token, body)).status_code == 201
    await save_card(world)
    await change(world, "PATCH", {"consents": {"save_vpa": None}})
    assert await world.sql("SELECT id FROM saved_vpa") == []
    assert await world.sql("SELECT state FROM saved_card") == [{"state": "active"}]


async def test_a_checkout_speaks_for_the_customer_of_its_payment_alone(world: World) -> None:
    await change(world, "PUT", {"language": "hi"})
    mine, other = (
        await world.open_payment(),
        await world.open_payment(customer={"ref": "cust-other"}),
    )
    languages = [
        (await world.get(PATH, one["checkout"]["token"])).json()["language"]
        for one in (mine, other)
    ]
    assert languages == ["hi", "en"]
