"""Known secrets go through every flow; none may be found in any store or log."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.captured_logs import captured_log
from tests.world import JUSPAY, World, running_world

PLANTED = {
    "card number": "4111111111111111",
    "phone": "9812345670",
    "email": "planted.person@example.in",
    "name": "Planted Person",
    "upi id": "planted.payer@okaxis",
    "other upi id": "9812345670@ybl",
    "api key": JUSPAY["api_key"],
    "webhook password": JUSPAY["webhook_password"],
    "response key": JUSPAY["response_key"],
}


async def every_flow(world: World) -> list[str]:
    """Pay by UPI and card, refund, decline; the tokens that callers were given."""
    contact = {"ref": "c1", "phone": PLANTED["phone"], "email": PLANTED["email"]}
    customer = {**contact, "name": PLANTED["name"]}
    first = await world.paid_payment(customer=customer)
    await world.post(f"/v1/payments/{first['id']}/refunds", {"amount": 100, "reason": "test"})
    second = await world.open_payment(customer=customer)
    token = await world.card_token(PLANTED["card number"])
    attempt = await world.start_attempt(second["id"], method="card", card_token=token)
    await world.customer_decides(attempt, "decline")
    await world.wait_for_status(second["id"], "open")
    body = {"method": "card", "card_token": PLANTED["card number"]}
    await world.post(f"/v1/payments/{second['id']}/attempts", body)
    await upi_ids(world, customer)
    await world.run_worker(seconds=95)
    return [token, second["checkout"]["token"], world.keys.service_key, world.keys.admin_key]


async def upi_ids(world: World, customer: dict[str, str]) -> None:
    """Validate and save one UPI ID, save another once it paid, mistype a third."""
    third = await world.open_payment(customer=customer)
    token = third["checkout"]["token"]
    save = {"consent": True, "text_version": "2026-01"}
    for vpa in (PLANTED["upi id"], PLANTED["upi id"] + ".in"):
        await world.post("/v1/upi/validate", {"vpa": vpa}, token)
        await world.post("/v1/upi/vpas", {"vpa": vpa, "save": save}, token)
    body = {"method": "upi_collect", "vpa": PLANTED["other upi id"], "save": save}
    attempt = await world.start_attempt(third["id"], **body, client={"platform": "ios"})
    await world.customer_decides(attempt)
    await world.wait_for_status(third["id"], "paid")
    await world.run_worker(seconds=15)
    assert len(await world.sql("SELECT id FROM saved_vpa")) == 2


async def tables(world: World) -> str:
    """Every row of every table as text, sealed columns as the bytes they are."""
    names = await world.sql("SELECT tablename AS n FROM pg_tables WHERE schemaname = 'public'")
    rows = [
        row["t"]
        for name in names
        for row in await world.sql(f'SELECT t::text AS t FROM "{name["n"]}" t')  # noqa: S608
    ]
    sealed = [bytes.fromhex(part) for row in rows for part in _hex(row)]
    return "\n".join(rows) + "".join(blob.decode("latin-1") for blob in sealed)


def _hex(row: str) -> list[str]:
    """The bytea values of a row's text."""
    return [
        "".join(character for character in part if character in "0123456789abcdef")[
            : len(part) & ~1
        ]
        for part in (piece.partition('"')[0].partition(",")[0] for piece in row.split("\\x")[1:])
        if len(part) > 40 and len(part) % 2 == 0
    ]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, at the debug level."""
    with captured_log("debug") as stream:
        yield stream


async def test_no_secret_is_stored_anywhere(
    database: str, tmp_path: Path, lines: io.StringIO
) -> None:
    spool = tmp_path / "spool"
    async with running_world(database, spool) as world:
        tokens = await every_flow(world)
        stores = {"tables": await tables(world), "metrics": (await world.api.get("/metrics")).text}
    stores["raw log"] = "".join(path.read_text() for path in spool.rglob("*") if path.is_file())
    stores["logs"] = lines.getvalue()
    assert stores["raw log"].count("juspay") > 5
    planted = {**PLANTED, **{f"token {n}": token for n, token in enumerate(tokens)}}
    found = [
        (what, where)
        for what, secret in planted.items()
        for where, text in stores.items()
        if secret in text or secret.encode().hex() in text
    ]
    assert found == []


async def test_the_search_would_find_what_is_planted(world: World) -> None:
    payment = await world.open_payment(metadata={"cart": "planted-in-the-clear"})
    text = await tables(world)
    assert "planted-in-the-clear" in text
    assert payment["id"] in text
