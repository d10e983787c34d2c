"""Cards, wallets and their tokens go through every gateway; none is found in any store."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from tests.contract import amazonpay, paytm
from tests.services.test_linked_wallets import OTP, PHONE, consented, linked_paytm
from tests.services.test_nothing_secret_at_rest import lines, tables
from tests.webhooks import deliver_webhook
from tests.world import World, running_world

__all__ = ["lines"]

TYPED = {"number": "4012000000001097", "expiry": "11/33", "cvv": "917", "name": "Planted Holder"}
SAVE = {"consent": True, "text_version": "2026-01"}
PLANTED = {
    "phone": PHONE,
    "otp": OTP,
    "card number": TYPED["number"],
    "card's holder": TYPED["name"],
    "expiry": "11/33",
    "alternate id": "ALTIDPLANTED0007",
    "medicine": "Plantedmycin",
    "access token": "Atza|",
    "refresh token": "Atzr|",
    "paytm's key": paytm.KEY,
    **{f"amazon's {one}": one for one in amazonpay.SECRETS if one.startswith("contract-")},
}

CVV = re.compile(r"(?:cvv|cvc|security_?code|cv_?number)\W{0,12}917(?!\d)", re.IGNORECASE)
"""Three digits are everywhere, so the CVV is searched for next to any name it may have."""
OURS = ("medicine", "tables")
"""The shop's order lines are in our tables, and nowhere else."""


async def every_flow(world: World) -> str:
    """A card passed through and saved, paid again with its CVV; both wallets; wrong proofs.

    Answers what callers were told when they were refused.
    """
    lines = [{"label": f"{PLANTED['medicine']} 500 mg", "amount": 116400}]
    first = await world.open_payment(breakdown=lines)
    attempt = await world.start_attempt(first["id"], method="card", card=TYPED, save=SAVE)
    await world.customer_decides(attempt)
    await world.wait_for_status(first["id"], "paid")
    await deliver_webhook(world, attempt, card={"alt_id": PLANTED["alternate id"]})
    await world.run_worker(seconds=60)
    second = await world.open_payment()
    [card] = (await world.get("/v1/cards", second["checkout"]["token"])).json()["cards"]
    again = {"method": "card", "instrument_id": card["id"], "cvv": TYPED["cvv"]}
    assert (await world.start_attempt(second["id"], **again))["status"] == "pending"
    payment, wallet = await linked_paytm(world)
    refusals = [
        await world.post("/v1/paytm/wallet/link", {"otp": OTP}, payment["checkout"]["token"])
    ]
    pay: dict[str, Any] = {"method": "wallet", "wallet": "paytm", "instrument_id": wallet["id"]}
    await world.start_attempt(payment["id"], **pay)
    await world.post(f"/v1/payments/{payment['id']}/refunds", {"amount": 100, "reason": "test"})
    small = await world.open_payment(amount=50000, breakdown=[])
    wallet = await consented(world, small["checkout"]["token"])
    pay = {"method": "wallet", "wallet": "amazonpay", "instrument_id": wallet["id"]}
    await world.start_attempt(small["id"], **pay)
    wrong = {"method": "card", "card": {**TYPED, "number": "4012000000001098"}}
    refusals.append(
        await world.post(f"/v1/payments/{(await world.open_payment())['id']}/attempts", wrong)
    )
    await world.run_worker(seconds=95)
    assert [one.status_code for one in refusals] == [409, 422]
    return "".join(one.text for one in refusals)


async def documents(url: str) -> str:
    """Every document of every collection of MongoDB."""
    client: Any = AsyncIOMotorClient(url)
    found = []
    for name in await client.list_database_names():
        if name not in ("admin", "config", "local"):
            for collection in await client[name].list_collection_names():
                found += [repr(each) async for each in client[name][collection].find()]
    client.close()
    return "\n".join(found)


async def test_no_secret_of_cards_and_wallets_is_stored_anywhere(
    database: str, tmp_path: Path, lines: io.StringIO, mongo_url: str
) -> None:
    others = {
        "mongo_url": mongo_url,
        "card_pass_through": True,
        "other_gateways": ("paytm", "amazonpay"),
    }
    async with running_world(database, tmp_path / "spool", **others) as world:
        stores = {"errors": await every_flow(world), "tables": await tables(world)}
        stores["metrics"] = (await world.api.get("/metrics")).text
    stores |= {"mongodb": await documents(mongo_url), "logs": lines.getvalue()}
    counts = {name: stores["mongodb"].count(name) for name in ("juspay", "paytm", "amazonpay")}
    assert min(counts.values()) > 2, counts
    found = [
        (what, where)
        for what, secret in PLANTED.items()
        for where, text in stores.items()
        if re.search(rf"(?<![0-9A-Za-z]){re.escape(secret)}(?![0-9])", text)
        or secret.encode().hex() in text
    ]
    assert [each for each in found if each != OURS] == []
    assert OURS in found
    assert [where for where, text in stores.items() if CVV.search(text)] == []


@pytest.mark.parametrize(
    "written", ['{"cvv": "917"}', "card_security_code=917&x=1", "'cvNumber': 917}", "CVC 917"]
)
def test_the_search_would_find_a_stored_cvv(written: str) -> None:
    assert CVV.search(written)
