"""What customers save with us, and the methods document that shows it."""

from typing import Any

from payment_engine.db.models import CardToken, CustomerConfig, SavedCard, SavedVpa
from tests.world import World

REF = "cust-8812"
CARD, VPA, WALLET = (f"{kind}_{'0' * 19}1" for kind in ("crd", "vpa", "wal"))
ANDROID = "platform=android&upi_apps=phonepe,gpay"


async def read_methods(
    world: World, payment: dict[str, Any], query: str = ANDROID
) -> dict[str, Any]:
    """The methods document of a payment."""
    response = await world.get(f"/v1/payments/{payment['id']}/methods?{query}")
    assert response.status_code == 200, response.text
    return dict(response.json())


def items_of(document: dict[str, Any], group: str) -> list[dict[str, Any]]:
    """The items of one group of the methods document."""
    return next(each["items"] for each in document["groups"] if each["group"] == group)


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def owner_columns(world: World, **others: Any) -> dict[str, Any]:
    """The columns that tie a saved row to the test customer."""
    owner = {"merchant_id": world.keys.merchant_id, "customer_ref": REF}
    return {**owner, "created_at": world.clock.now(), **others}


async def save_card(world: World, gateway: str = "juspay", **changes: Any) -> None:
    """A card the customer has saved, with its token at one gateway."""
    owner = owner_columns(world, consent_id="c", attempt_id="a")
    card = {"network": "visa", "issuer": "HDFC Bank", "last4": "1234", "state": "active"}
    await SavedCard.create(id=CARD, **owner, **{**card, **changes})
    token = {"id": "tok_1", "card_id": CARD, "gateway": gateway, "state": "active"}
    await CardToken.create(**token, sealed=b"x", created_at=world.clock.now())


async def save_vpa(world: World) -> None:
    """A UPI address the customer has saved."""
    columns = owner_columns(world, sealed=b"x", vpa_hash=b"h", masked="as***@okaxis", app="gpay")
    await SavedVpa.create(id=VPA, **columns, consent_id="c")


async def save_preferences(world: World, **preferences: Any) -> None:
    """The customer's preferences."""
    owner = {"merchant_id": world.keys.merchant_id, "customer_ref": REF}
    now = world.clock.now()
    await CustomerConfig.create(**owner, preferences=preferences, limits={}, updated_at=now)
