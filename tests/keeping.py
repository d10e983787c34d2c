"""Customers who keep things with us, and the methods document that shows them."""

from typing import Any

from payment_engine.db.models import CardToken, CustomerConfig, SavedCard, SavedVpa
from tests.world import World

REF = "cust-8812"
CARD, VPA, WALLET = (f"{kind}_{'0' * 19}1" for kind in ("crd", "vpa", "wal"))
ANDROID = "platform=android&upi_apps=phonepe,gpay"


async def methods(world: World, payment: dict[str, Any], query: str = ANDROID) -> dict[str, Any]:
    answer = await world.get(f"/v1/payments/{payment['id']}/methods?{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def group(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return next(each["items"] for each in found["groups"] if each["group"] == name)


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def owner(world: World, **also: Any) -> dict[str, Any]:
    now = world.clock.now()
    return {"merchant_id": world.keys.merchant_id, "customer_ref": REF, "created_at": now, **also}


async def keeps_card(world: World, gateway: str = "juspay", **also: Any) -> None:
    shown = {"network": "visa", "issuer": "HDFC Bank", "last4": "1234", "state": "active"}
    kept = owner(world, consent_id="c", attempt_id="a")
    await SavedCard.create(id=CARD, **kept, **{**shown, **also})
    token = {"id": "tok_1", "card_id": CARD, "gateway": gateway, "state": "active"}
    await CardToken.create(**token, sealed=b"x", created_at=world.clock.now())


async def keeps_vpa(world: World) -> None:
    kept = owner(world, sealed=b"x", vpa_hash=b"h", masked="as***@okaxis", app="gpay")
    await SavedVpa.create(id=VPA, **kept, consent_id="c")


async def likes(world: World, **preferences: Any) -> None:
    kept = {"merchant_id": world.keys.merchant_id, "customer_ref": REF}
    now = world.clock.now()
    await CustomerConfig.create(**kept, preferences=preferences, limits={}, updated_at=now)
