"""How often an OTP is sent or guessed is limited, and all processes count together."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from payment_engine.services.retention import sweep
from tests.world import World, running_world

SENDS = "/v1/paytm/wallet/otp"
PHONE = "7777777777"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", other_gateways=("paytm",)) as world:
        yield world


async def token(world: World, customer: str = "cust-1") -> str:
    payment = await world.open_payment(customer={"ref": customer})
    return str(payment["checkout"]["token"])


async def send(world: World, token: str, phone: str = PHONE) -> httpx.Response:
    return await world.post(SENDS, {"phone": phone}, token)


async def statuses(world: World, token: str, phones: list[str]) -> list[int]:
    return [(await send(world, token, phone)).status_code for phone in phones]


async def test_one_token_cannot_send_otps_to_many_phones(world: World) -> None:
    phones = [f"98765432{n:02}" for n in range(8)]
    assert await statuses(world, await token(world), phones) == [202] * 5 + [429] * 3


async def test_a_refusal_says_when_to_try_again(world: World) -> None:
    mine = await token(world)
    await statuses(world, mine, [PHONE] * 5)
    refused = await send(world, mine)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    world.clock.advance(hours=1)
    assert (await send(world, await token(world))).status_code == 202


async def test_one_phone_gets_few_otps_whoever_has_them_sent(world: World) -> None:
    sent = [await send(world, await token(world, f"cust-{n}")) for n in range(6)]
    assert [answer.status_code for answer in sent] == [202] * 5 + [429]


async def test_one_customer_has_no_more_with_another_payment(world: World) -> None:
    sent = [await send(world, await token(world), f"98765432{n:02}") for n in range(6)]
    assert [answer.status_code for answer in sent] == [202] * 5 + [429]


async def test_one_address_gets_few_otps_for_whichever_customer_and_phone(world: World) -> None:
    world.engine.settings.otps_per_address = "2/hour"
    sent = [await send(world, await token(world, f"cust-{n}"), f"98765432{n:02}") for n in range(3)]
    assert [answer.status_code for answer in sent] == [202] * 2 + [429]


async def test_guesses_do_not_begin_anew_with_another_otp(world: World) -> None:
    world.engine.settings.otps_per_payment = "100/hour"
    mine, guesses = await token(world), []
    for _ in range(4):
        await send(world, mine)
        for _ in range(3):
            answer = await world.post("/v1/paytm/wallet/link", {"otp": "000000"}, mine)
            guesses.append(answer.status_code)
    assert guesses == [422] * 10 + [429] * 2


async def test_what_one_process_counted_another_one_knows(database: str, tmp_path: Path) -> None:
    for expected in ([202] * 3, [202] * 2 + [429]):
        async with running_world(
            database, tmp_path / str(len(expected)), other_gateways=("paytm",)
        ) as world:
            assert await statuses(world, await token(world), [PHONE] * 3) == expected


async def test_no_phone_or_address_is_stored_and_old_counts_go(world: World) -> None:
    await send(world, await token(world))
    rows = await world.sql("SELECT r::text AS text FROM rate_count r")
    assert rows
    assert not [row for row in rows if PHONE in row["text"] or "127.0.0.1" in row["text"]]
    world.clock.advance(days=2)
    await sweep(world.engine)
    assert await world.sql("SELECT id FROM rate_count") == []
