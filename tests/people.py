"""People on call, each with a key of their own."""

from payment_engine.services.access.keys import Grant, issue_key
from tests.world import World


async def key_of(world: World, person: str, *roles: str) -> str:
    """A new key of a person of the merchant, with these roles, or with those to act."""
    given = list(roles or ("read", "operate", "refund"))
    grant = Grant(merchant_id=world.keys.merchant_id, roles=given, person=person)
    return (await issue_key(world.engine, grant))[1]


async def resolved_by_two(world: World, path: str, reason: str) -> None:
    """A review, ended by two people: ``path`` is that of the attempt or refund."""
    for token in (await key_of(world, "ravi@pharmacy.example"), world.keys.admin_key):
        answer = await world.post(f"/v1/admin/{path}/resolve", {"reason": reason}, token)
        assert answer.status_code == 200, answer.text
