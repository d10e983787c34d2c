"""Reading: tags, waiting, looking up, and paths that lead nowhere."""

import asyncio
import re
from typing import Any

import pytest

from tests.api.responses import problem, refusal
from tests.world import ORDER, World

NOWHERE = [
    "/nope",
    "/v1",
    "/v1/nope",
    "/v1//payments",
    "/v1/payments/pay_x/nope",
    "/v1/payments/pay_x/attempts/att_x",
    "/v2/payments",
    "/%00",
]
ODD_IDS = [
    "pay_00000000000000000000",
    "nope",
    "%00",
    "%0A",
    "%27%20OR%201%3D1",
    "%ED%A0%80",
    "%FF%FE",
    "%F0%9F%92%8A",
    "%2e%2e%2f",
    "..%2F..",
    "pay_x%2Fcancel",
    "%",
    "%zz",
    "rfd_000000000000000000000",
    "rfd_0000000000000000000%00",
    "a" * 5000,
]


async def test_a_reader_who_has_the_current_version_gets_no_body(world: World) -> None:
    path = f"/v1/payments/{(await world.open_payment())['id']}"
    first = await world.get(path)
    tag = first.headers["etag"]
    assert tag == f'"{first.json()["version"]}"'
    assert first.headers["cache-control"] == "no-store"
    for known in (tag, f"W/{tag}"):
        again = await world.get(path, **{"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag


@pytest.mark.parametrize(
    "tag", ["", '"0"', '"99"', "*x", '"x"', "W/", '"', '"-1"', '"1.0"', "9" * 4000, "²".encode()]
)
async def test_a_reader_with_another_or_a_garbled_tag_gets_the_payment(
    world: World, tag: str | bytes
) -> None:
    payment = await world.open_payment()
    given: dict[str, Any] = {"if-none-match": tag}
    answer = await world.get(f"/v1/payments/{payment['id']}", **given)
    assert (answer.status_code, answer.json()["id"]) == (200, payment["id"])


async def test_a_change_gives_a_new_tag(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}"
    tag = (await world.get(path)).headers["etag"]
    await world.post(f"{path}/cancel")
    after = await world.get(path, **{"if-none-match": tag})
    assert (after.status_code, after.json()["status"]) == (200, "cancelled")
    assert after.headers["etag"] != tag


async def test_a_waiting_reader_is_answered_when_the_payment_changes(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}"
    waiting = [
        asyncio.create_task(world.get(f"{path}?wait=30")),
        asyncio.create_task(world.get(f"{path}?wait=30", payment["checkout"]["token"])),
        asyncio.create_task(world.get(f"{path}?wait=30", **{"if-none-match": '"1"'})),
    ]
    async with asyncio.timeout(10):
        while len(world.engine.waiters) < len(waiting):
            await asyncio.sleep(0.02)
        await world.post(f"{path}/cancel")
        answers = await asyncio.gather(*waiting)
    assert [(a.status_code, a.json()["status"]) for a in answers] == [(200, "cancelled")] * 3
    assert len(world.engine.waiters) == 0


@pytest.mark.breaks_invariants("writes the row that another process would, without its history")
async def test_a_change_by_another_process_wakes_a_waiting_reader(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}"
    waiting = asyncio.create_task(world.get(f"{path}?wait=30"))
    async with asyncio.timeout(10):
        while not len(world.engine.waiters):
            await asyncio.sleep(0.02)
        await world.sql(
            "UPDATE payment SET revision = revision + 1, status = 'cancelled', "
            "closing = 'cancelled', closed_at = now(), "
            "version = version + 1 WHERE id = $1 RETURNING id",
            payment["id"],
        )
        assert (await waiting).json()["status"] == "cancelled"


async def test_a_reader_behind_the_current_version_does_not_wait(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}"
    await world.post(f"{path}/cancel")
    async with asyncio.timeout(10):
        answer = await world.get(f"{path}?wait=30", **{"if-none-match": '"1"'})
    assert answer.json()["status"] == "cancelled"


async def test_a_wait_without_a_change_ends_by_itself(world: World) -> None:
    path = f"/v1/payments/{(await world.open_payment())['id']}"
    plain = await world.get(f"{path}?wait=1")
    tagged = await world.get(f"{path}?wait=1", **{"if-none-match": plain.headers["etag"]})
    assert (plain.status_code, tagged.status_code) == (200, 304)


@pytest.mark.parametrize("wait", ["0", "1", ""])
async def test_a_wait_within_bounds_is_taken(world: World, wait: str) -> None:
    path = f"/v1/payments/{(await world.open_payment())['id']}"
    assert (await world.get(f"{path}?wait={wait}")).status_code == 200


async def test_payments_are_found_by_order_oldest_first(world: World) -> None:
    first = await world.open_payment(order_id="PO/7:a.b-c_d")
    await world.post(f"/v1/payments/{first['id']}/cancel")
    second = await world.open_payment(order_id="PO/7:a.b-c_d")
    found = await world.get("/v1/payments?order_id=PO%2F7%3Aa.b-c_d")
    assert [p["id"] for p in found.json()["payments"]] == [first["id"], second["id"]]
    assert "checkout" not in found.json()["payments"][0]


async def test_an_order_nobody_paid_for_has_no_payments(world: World) -> None:
    answer = await world.get("/v1/payments?order_id=PO0")
    assert (answer.status_code, answer.json()) == (200, {"payments": [], "next": None})


async def test_an_unknown_or_garbled_id_is_not_found(world: World) -> None:
    attempt = {"method": "upi_intent", "client": {"platform": "android"}}
    complaints = {}
    for odd in ODD_IDS:
        answers = [
            await world.get(f"/v1/payments/{odd}"),
            await world.get(f"/v1/payments/{odd}/methods"),
            await world.get(f"/v1/refunds/{odd}"),
            await world.post(f"/v1/payments/{odd}/attempts", attempt),
            await world.post(f"/v1/payments/{odd}/cancel"),
            await world.post(f"/v1/payments/{odd}/capture", {"amount": 1}),
            await world.post(f"/v1/payments/{odd}/refunds", {"amount": 1, "reason": "x"}),
        ]
        complaints[odd[:20]] = {refusal(a) for a in answers} - {(404, "not_found")}
    assert {odd: fault for odd, fault in complaints.items() if fault} == {}


async def test_a_return_that_names_no_attempt_leads_to_a_page(world: World) -> None:
    odd = ["", "?order_id=", "?order_id=x", "?order_id=%00", "?order_id=%FF", "?a[]=1&&=&%"]
    odd += [f"?order_id={'9' * 4000}", "?order_id=0123456789abcdefghjk", "?order_id=%E2%82%B9"]
    answers = [await world.api.get(f"/v1/juspay/return{query}") for query in odd]
    answers += [await world.api.post("/v1/juspay/return", data={"order_id": "a\x00b"})]
    answers += [await world.api.get("/v1/nobody/return"), await world.api.get("/v1/%00/return")]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.headers["content-type"] for answer in answers} == {"text/html; charset=utf-8"}
    assert all("do not pay again" in answer.text for answer in answers)


async def test_however_many_return_from_one_address_each_gets_the_same_page(world: World) -> None:
    world.engine.settings.returns_rate = "1/minute"
    answers = [await world.api.get("/v1/juspay/return") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize("path", NOWHERE)
async def test_a_path_that_leads_nowhere_is_a_problem_like_any_other(
    world: World, path: str
) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = await world.api.request(method, path, headers=world.headers())
        assert refusal(answer) == (404, "not_found")


async def test_a_method_not_offered_names_those_that_are(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}"
    offered = {path: "GET", f"{path}/methods": "GET, POST", f"{path}/attempts": "POST"}
    for path, allowed in {**offered, "/v1/payments": "GET, POST", "/live": "GET, HEAD"}.items():
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = await world.api.request(method, path, headers=world.headers())
            assert refusal(answer) == (405, "method_not_allowed")
            assert answer.headers["allow"] == allowed
        head = await world.api.head(path, headers=world.headers())
        expected = (200, None) if "HEAD" in allowed else (405, allowed)
        assert (head.status_code, head.headers.get("allow"), head.content) == (*expected, b"")


async def test_a_sane_request_id_is_kept(world: World) -> None:
    for given in ("abc-123", "A.b_c:d", "x" * 64):
        answer = await world.get("/v1/payments/nope", **{"x-request-id": given})
        assert problem(answer)["request_id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", '"><script>', "₹".encode(), "a\tb"])
async def test_another_request_id_is_replaced(world: World, given: str | bytes) -> None:
    headers: dict[str, Any] = {"x-request-id": given}
    answer = await world.get(f"/v1/payments?order_id={ORDER['order_id']}", **headers)
    assert answer.status_code == 200
    assert re.fullmatch("req_[0-9a-f]{20}", answer.headers["x-request-id"])


async def test_two_requests_never_share_a_request_id(world: World) -> None:
    ids = {(await world.api.get("/live")).headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20
