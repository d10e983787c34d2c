"""Who may call: every other caller is refused, and learns nothing about what exists."""

import asyncio
import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from payment_engine.app import create_app
from payment_engine.db.models import ApiKey
from payment_engine.engine import utc_now
from payment_engine.services.access.merchants import NewKeys, register
from payment_engine.services.resealing import reseal
from tests.api.responses import refusal, row_counts
from tests.serving import http_client, served
from tests.world import ORDER, World, running_world

OLD = "the-root-secret-before-rotation-0123456789"
NEW = "the-root-secret-after-the-rotation-9876543"
UNKNOWN = (401, "unauthenticated")
NO_CREDENTIAL = [
    b"",
    b"Bearer",
    b"Basic cGtfYTpi",
    b"Bearer pk_unknown",
    b"Bearer ak_unknown",
    b"Bearer pk_\xff\xfe",
    b"Bearer \xe2\x82\xb9",
    b"Bearer not.a.token",
    b"Bearer a.b.c.d.e",
    b"Bearer " + b"a" * 5000,
    b"pk_unknown",
]


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def claims(payment: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the payment's own token says, or would say if it were changed."""
    payload = payment["checkout"]["token"].split(".")[1]
    return {**json.loads(base64.urlsafe_b64decode(payload + "==")), **changes}


def forgeries(payment: dict[str, Any]) -> Iterator[str]:
    """Tokens for the payment that we did not make."""
    head, body, signature = payment["checkout"]["token"].split(".")
    longer = part(claims(payment, exp=int((utc_now() + timedelta(days=9)).timestamp())))
    key = OctKey.import_key(b"a-key-that-is-not-ours-but-is-long-enough")
    yield jwt.encode({"alg": "HS256"}, claims(payment), key)
    for algorithm in ("none", "None", "HS512", "RS256", [], 5, None):
        yield f"{part({'alg': algorithm})}.{body}."
        yield f"{part({'alg': algorithm})}.{body}.{signature}"
    yield f"{head}.{longer}.{signature}"
    yield f"{head}.{body}."
    for odd in ([], 5, "text", None, {}, {"alg": "HS256", "crit": 5}, {"alg": "HS256", "b64": 0}):
        yield f"{part(odd)}.{body}.{signature}"
    yield f"{head}.{part([])}.{signature}"


async def ask(world: World, authorization: bytes | str) -> list[httpx.Response]:
    """A read and an init with this header."""
    headers = {"authorization": authorization, "idempotency-key": b"k"}
    return [
        await world.api.get("/v1/payments/pay_x", headers=headers),
        await world.api.post("/v1/payments", json=ORDER, headers=headers),
    ]


async def test_without_a_known_credential_nothing_is_answered_or_stored(world: World) -> None:
    before = await row_counts(world)
    answers = [answer for given in NO_CREDENTIAL for answer in await ask(world, given)]
    answers.append(await world.api.get("/v1/payments/pay_x"))
    assert {refusal(answer) for answer in answers} == {UNKNOWN}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert await row_counts(world) == before


async def test_a_revoked_key_is_refused(world: World) -> None:
    await ApiKey.filter(roles="service").update(revoked_at=world.clock.now())
    assert refusal(await world.post("/v1/payments", ORDER)) == UNKNOWN


async def test_a_key_revoked_after_use_is_refused_by_a_process_that_has_not_seen_it(
    world: World,
) -> None:
    await world.open_payment()
    await ApiKey.filter(roles="service").update(revoked_at=world.clock.now())
    another = create_app(world.engine.settings, engine=world.engine)
    async with served(another) as url, http_client(url) as api:
        answer = await api.post("/v1/payments", json=ORDER, headers=world.headers())
    assert refusal(answer) == UNKNOWN


async def test_an_admin_key_is_no_service_key(world: World) -> None:
    payment = await world.open_payment()
    key = world.keys.admin_key
    for path in ("", f"/{payment['id']}/cancel", f"/{payment['id']}/refunds"):
        assert refusal(await world.post(f"/v1/payments{path}", {}, key)) == (403, "forbidden")
    assert refusal(await world.get(f"/v1/payments/{payment['id']}", key)) == (403, "forbidden")


async def test_a_checkout_token_moves_no_money_on_its_own(world: World) -> None:
    payment = await world.open_payment()
    path, token = f"/v1/payments/{payment['id']}", payment["checkout"]["token"]
    calls = [
        await world.post("/v1/payments", ORDER, token),
        await world.post(f"{path}/refunds", {"amount": 1, "reason": "x"}, token),
        await world.post(f"{path}/capture", {"amount": 1}, token),
        await world.post(f"{path}/void", {}, token),
        await world.get("/v1/refunds/rfd_x", token),
        await world.get("/v1/payments?order_id=PO1", token),
    ]
    assert {refusal(answer) for answer in calls} == {(403, "forbidden")}


async def test_a_checkout_token_reaches_its_payment(world: World) -> None:
    payment = await world.open_payment()
    path, token = f"/v1/payments/{payment['id']}", payment["checkout"]["token"]
    assert (await world.get(path, token)).status_code == 200
    assert (await world.get(f"{path}/methods", token)).status_code == 200
    attempt = {"method": "upi_intent", "client": {"platform": "android"}}
    assert (await world.post(f"{path}/attempts", attempt, token)).status_code == 201
    assert (await world.post(f"{path}/cancel", {}, token)).status_code == 200


def status_token(payment: dict[str, Any]) -> str:
    """The token of the payment's link that only reads how it stands."""
    return str(payment["checkout"]["url"]).partition("status=")[2]


async def test_a_status_token_reads_how_its_payment_stands_and_does_nothing_else(
    world: World,
) -> None:
    payment, other = await world.open_payment(), await world.open_payment()
    path, token = f"/v1/payments/{payment['id']}", status_token(payment)
    answer = await world.get(f"{path}/status", token)
    assert (answer.status_code, answer.json()["status"]) == (200, "open")
    attempt = {"method": "upi_intent", "client": {"platform": "android"}}
    calls = [
        await world.get(path, token),
        await world.get(f"{path}/methods", token),
        await world.get("/v1/cards", token),
        await world.get("/v1/user-config", token),
        await world.post(f"{path}/attempts", attempt, token),
        await world.post(f"{path}/cancel", {}, token),
        await world.get(f"{path}/status", payment["checkout"]["token"]),
    ]
    assert {refusal(call) for call in calls} == {(403, "forbidden")}
    of_another = await world.get(f"/v1/payments/{other['id']}/status", token)
    assert refusal(of_another) == (404, "not_found")


async def test_a_status_names_nobody_and_is_read_for_months(world: World) -> None:
    opened = await world.open_payment(metadata={"note": "ring twice"})
    world.clock.advance(days=170)
    path = f"/v1/payments/{opened['id']}/status"
    document = (await world.get(path, status_token(opened))).json()
    assert set(document) == {
        *("id", "order_id", "status", "amount", "amount_display", "amount_refunded"),
        *("amount_refunded_display", "undecided", "conflict", "refund_undecided", "return_url"),
        *("expires_at", "server_time", "version", "next_poll_in_ms"),
    }
    assert opened["customer"]["ref"] not in str(document)
    world.clock.advance(days=11)
    assert refusal(await world.get(path, status_token(opened))) == UNKNOWN


async def test_a_status_that_changes_is_waited_for(world: World) -> None:
    payment = await world.open_payment()
    path, token = f"/v1/payments/{payment['id']}/status", status_token(payment)
    known = {"if-none-match": f'"{payment["version"]}"'}
    assert (await world.get(path, token, **known)).status_code == 304
    waiting = asyncio.create_task(world.get(f"{path}?wait=20", token, **known))
    await world.customer_decides(await world.start_attempt(payment["id"]))
    answer = await waiting
    assert answer.status_code == 200
    assert answer.json()["version"] > payment["version"]


async def every_look(world: World, payment_id: str, token: str) -> set[tuple[int, str]]:
    """What a caller gets for a payment, whatever they try."""
    path = f"/v1/payments/{payment_id}"
    attempt = {"method": "upi_intent", "client": {"platform": "android"}}
    return {
        refusal(await world.get(path, token)),
        refusal(await world.get(f"{path}?wait=1", token)),
        refusal(await world.get(f"{path}/methods", token)),
        refusal(await world.post(f"{path}/methods", {}, token)),
        refusal(await world.post(f"{path}/attempts", attempt, token)),
        refusal(await world.post(f"{path}/cancel", {}, token)),
    }


async def test_another_payment_does_not_exist_for_a_checkout(world: World) -> None:
    mine, other = await world.open_payment(), await world.open_payment()
    before = await row_counts(world)
    token = mine["checkout"]["token"]
    assert await every_look(world, other["id"], token) == {(404, "not_found")}
    there = await world.get(f"/v1/payments/{other['id']}", token)
    missing = await world.get("/v1/payments/pay_00000000000000000000", token)
    assert there.json() | {"request_id": ""} == missing.json() | {"request_id": ""}
    assert await row_counts(world) == before


@pytest.fixture
async def stranger(world: World) -> NewKeys:
    """Another merchant of the same service."""
    return await register(world.engine, "Another Pharmacy", None)


async def test_another_merchants_payment_does_not_exist(world: World, stranger: NewKeys) -> None:
    paid, key = await world.paid_payment(), stranger.service_key
    assert await every_look(world, paid["id"], key) == {(404, "not_found")}
    path = f"/v1/payments/{paid['id']}"
    refund = await world.post(f"{path}/refunds", {"amount": 1, "reason": "x"}, key)
    captured = await world.post(f"{path}/capture", {"amount": 1}, key)
    voided = await world.post(f"{path}/void", {}, key)
    assert {refusal(a) for a in (refund, captured, voided)} == {(404, "not_found")}
    found = await world.get(f"/v1/payments?order_id={paid['order_id']}", key)
    assert found.json() == {"payments": [], "next": None}
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 0


async def test_another_merchants_refund_does_not_exist(world: World, stranger: NewKeys) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    made = await world.post(path, {"amount": 1, "reason": "x"})
    mine = f"/v1/refunds/{made.json()['refund']['id']}"
    assert (await world.get(mine)).status_code == 200
    assert refusal(await world.get(mine, stranger.service_key)) == (404, "not_found")


async def test_two_merchants_may_use_the_same_order_and_key(
    world: World, stranger: NewKeys
) -> None:
    mine = await world.post("/v1/payments", ORDER, key="same")
    theirs = await world.post("/v1/payments", ORDER, stranger.service_key, key="same")
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_a_token_ends_some_time_after_its_payment(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    path, token = f"/v1/payments/{payment['id']}", payment["checkout"]["token"]
    world.clock.advance(seconds=61)
    assert (await world.get(path, token)).status_code == 200
    world.clock.advance(minutes=15)
    assert refusal(await world.get(path, token)) == UNKNOWN
    assert (await world.get(path)).status_code == 200


async def test_a_forged_token_is_refused(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}"
    answers = {forged: await world.get(path, forged) for forged in forgeries(payment)}
    assert {forged: refusal(a) for forged, a in answers.items() if refusal(a) != UNKNOWN} == {}


async def test_tokens_and_answers_outlive_a_change_of_the_secret(
    database: str, tmp_path: Path
) -> None:
    async with running_world(database, tmp_path / "one", secret=OLD) as world:
        first = await world.post("/v1/payments", ORDER, key="once")
        key, path = world.keys.service_key, f"/v1/payments/{first.json()['id']}"
    async with running_world(database, tmp_path / "two", secret=NEW, secret_previous=OLD) as world:
        token = first.json()["checkout"]["token"]
        assert (await world.get(path, token)).status_code == 200
        attempt = {"method": "upi_intent", "client": {"platform": "android"}}
        assert (await world.post(f"{path}/attempts", attempt, token)).status_code == 201
        assert (await world.post("/v1/payments", ORDER, key, key="once")).content == first.content
        await reseal(world.engine)
    async with running_world(database, tmp_path / "three", secret=NEW) as world:
        assert refusal(await world.get(path, token)) == UNKNOWN
