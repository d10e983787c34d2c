"""Customers of the shop, as its own login vouches for them."""

from datetime import timedelta
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.world import World

KEY = "the-key-that-the-shop-signs-its-customers-with"
SHOP = "https://shop.example"
SETTINGS = {
    "customer_jwt_key": KEY,
    "customer_jwt_issuer": SHOP,
    "customer_jwt_merchant": "Demo Pharmacy",
}
CONSENT = {"consent": True, "text_version": "2026-01"}


def claims(world: World, customer_ref: str, **changes: Any) -> dict[str, Any]:
    """What the shop says of a signed-in customer; None leaves a claim out."""
    until = world.clock.now() + timedelta(minutes=10)
    said = {
        "iss": SHOP,
        "aud": "payment-engine",
        "sub": customer_ref,
        "exp": int(until.timestamp()),
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def token_of(world: World, customer_ref: str, key: str = KEY, **changes: Any) -> str:
    """A token of the shop for one customer."""
    said = claims(world, customer_ref, **changes)
    return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(key))


async def calling(
    world: World, method: str, path: str, token: str, body: Any = None, **headers: str
) -> httpx.Response:
    """One call with a customer's token."""
    given = {"authorization": f"Bearer {token}", **headers}
    return await world.api.request(method, path, json=body, headers=given)
