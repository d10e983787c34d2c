"""Customers of the shop, signed in by the shop's own login."""

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
    """The claims of a signed-in customer's token; a change to None leaves a claim out."""
    expires = world.clock.now() + timedelta(minutes=10)
    merged = {
        "iss": SHOP,
        "aud": "payment-engine",
        "sub": customer_ref,
        "exp": int(expires.timestamp()),
        **changes,
    }
    return {name: value for name, value in merged.items() if value is not None}


def token_of(world: World, customer_ref: str, key: str = KEY, **changes: Any) -> str:
    """A token of the shop for one customer."""
    payload = claims(world, customer_ref, **changes)
    return jwt.encode({"alg": "HS256"}, payload, OctKey.import_key(key))


async def call_as_customer(
    world: World, method: str, path: str, token: str, body: Any = None, **headers: str
) -> httpx.Response:
    """One call with a customer's token."""
    headers = {"authorization": f"Bearer {token}", **headers}
    return await world.api.request(method, path, json=body, headers=headers)
