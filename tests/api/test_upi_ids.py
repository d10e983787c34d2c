"""UPI IDs: validated, saved with consent, listed masked, deleted; names cannot be harvested."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.responses import database_dump, problem, refusal
from tests.customers import CONSENT, SETTINGS, call_as_customer, token_of
from tests.world import World, running_world

VPAS, VALIDATE = "/v1/upi/vpas", "/v1/upi/validate"
VPA = "asha.rao@okaxis"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    rates = {"vpa_checks_per_customer": "5/minute;60/day", "vpa_checks_per_address": "8/minute"}
    async with running_world(database, tmp_path / "spool", **SETTINGS, **rates) as world:
        yield world


async def validate(world: World, vpa: str, customer: str = "cust-1") -> httpx.Response:
    return await call_as_customer(world, "POST", VALIDATE, token_of(world, customer), {"vpa": vpa})


async def save(
    world: World, vpa: str = VPA, customer: str = "cust-1", **changes: Any
) -> httpx.Response:
    body = {"vpa": vpa, "save": CONSENT, **changes}
    return await call_as_customer(world, "POST", VPAS, token_of(world, customer), body)


async def listed(world: World, customer: str = "cust-1") -> list[dict[str, Any]]:
    answer = await call_as_customer(world, "GET", VPAS, token_of(world, customer))
    return list(answer.json()["vpas"])


async def lookups(world: World) -> int:
    """How often a gateway was asked about a UPI id."""
    metrics = (await world.api.get("/metrics")).text
    found = re.search(r'gateway_calls_total\{[^}]*verify_vpa[^}]*"answered"\} (\d+)', metrics)
    return int(found[1]) if found else 0


async def test_a_upi_id_that_exists_is_valid_and_names_its_app(world: World) -> None:
    answer = await validate(world, " Asha.Rao@OKAXIS ")
    assert answer.status_code == 200
    document = answer.json()
    assert (document["vpa"], document["status"], document["app"]) == (
        "as***@okaxis",
        "valid",
        "gpay",
    )


async def test_a_upi_id_that_does_not_exist_is_an_answer_too(world: World) -> None:
    answer = await validate(world, "invalid.person@okaxis")
    assert (answer.status_code, answer.json()["status"]) == (200, "invalid")


async def test_an_invalid_upi_id_is_refused_with_its_reason(world: World) -> None:
    for typed, reason in {
        "9876543210": "phone_number",
        "asha@gmail.com": "looks_like_email",
        "asha": "missing_at",
    }.items():
        answer = await validate(world, typed)
        assert refusal(answer) == (422, "invalid_vpa")
        document = problem(answer)
        assert (document["reason"], document["errors"][0]["pointer"]) == (reason, "/vpa")
        assert typed not in answer.text


async def test_a_mistyped_handle_gets_a_hint_and_is_not_refused(world: World) -> None:
    document = (await validate(world, "asha@okaxs")).json()
    assert (document["did_you_mean"], document["app"]) == ("okaxis", None)


async def test_a_validation_result_is_cached_for_two_minutes(
    world: World,
) -> None:
    before = await lookups(world)
    for typed in (VPA, VPA.upper(), VPA):
        assert (await validate(world, typed)).json()["status"] == "valid"
    assert await lookups(world) == before + 1


async def test_juspay_routes_a_validation_as_all_calls_of_its_customer(world: World) -> None:
    await validate(world, VPA, "cust-7")
    sent = (await world.mock.get("/control/requests")).json()["requests"]
    routed = [each["headers"].get("x-routing-id") for each in sent if "verify-vpa" in each["path"]]
    assert routed == ["cust-7"]


async def test_a_gateway_that_does_not_answer_leaves_the_id_unverified(world: World) -> None:
    await world.script_mock("http_status", {"path": "*verify-vpa"}, status=503)
    answer = await validate(world, VPA)
    assert (answer.status_code, answer.json()["status"]) == (200, "unverified")
    assert (await validate(world, VPA)).json()["status"] == "valid"


async def test_too_many_validations_get_429_with_retry_after(world: World) -> None:
    answers = [await validate(world, VPA) for _ in range(6)]
    assert {answer.status_code for answer in answers[:5]} == {200}
    assert refusal(answers[5]) == (429, "too_many_requests")
    assert 1 <= int(answers[5].headers["retry-after"]) <= 60
    assert (await validate(world, VPA, "cust-2")).status_code == 200


async def test_validation_is_limited_per_ip_address_across_customers(world: World) -> None:
    answers = [await validate(world, VPA, f"cust-{n}") for n in range(9)]
    assert [answer.status_code for answer in answers] == [200] * 8 + [429]


async def test_a_upi_id_is_saved_with_consent_and_listed_masked(world: World) -> None:
    made = await save(world)
    assert made.status_code == 201
    assert [one["vpa"] for one in await listed(world)] == ["as***@okaxis"]
    consent = await world.sql("SELECT purpose, given, text_version, subject FROM consent")
    assert consent == [
        {
            "purpose": "save_vpa",
            "given": True,
            "text_version": "2026-01",
            "subject": made.json()["id"],
        }
    ]


async def test_a_upi_id_without_consent_or_that_does_not_exist_is_not_saved(world: World) -> None:
    refused = await save(world, save={"consent": False, "text_version": "2026-01"})
    unknown = await save(world, "invalid.person@okaxis")
    await world.script_mock("http_status", {"path": "*verify-vpa"}, status=503)
    unsure = await save(world, "other@okaxis")
    assert refusal(refused) == (422, "consent_required")
    assert refusal(unknown) == (422, "unknown_vpa")
    assert refusal(unsure) == (503, "unavailable")
    assert await world.sql("SELECT id FROM saved_vpa UNION SELECT id FROM consent") == []


async def test_one_upi_id_is_kept_once_however_often_and_however_typed(world: World) -> None:
    answers = await asyncio.gather(save(world), save(world, VPA.upper()), save(world))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await listed(world)) == 1


async def test_a_customer_keeps_only_so_many(database: str, tmp_path: Path) -> None:
    settings = {**SETTINGS, "saved_vpas_most": 2}
    async with running_world(database, tmp_path / "spool", **settings) as world:
        saved = [await save(world, f"asha{n}@okaxis") for n in range(3)]
    assert [answer.status_code for answer in saved] == [201, 201, 409]


async def test_a_forgotten_upi_id_is_gone(world: World) -> None:
    vpa_id = (await save(world)).json()["id"]
    token = token_of(world, "cust-1")
    first = await call_as_customer(world, "DELETE", f"{VPAS}/{vpa_id}", token)
    again = await call_as_customer(world, "DELETE", f"{VPAS}/{vpa_id}", token)
    assert (first.status_code, first.content) == (204, b"")
    assert refusal(again) == (404, "not_found")
    assert await listed(world) == []


async def test_no_upi_id_lies_open_in_any_table(world: World) -> None:
    await save(world)
    text = await database_dump(world)
    assert "okaxis" in text
    assert "asha.rao" not in text
    assert VPA.encode().hex() not in text
