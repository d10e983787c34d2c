"""Who is on call, as the console shows it."""

from payment_engine.db.models import Merchant
from payment_engine.domain.callers import Caller
from payment_engine.services.documents.oncall import StaffOut


async def read_staff(caller: Caller) -> StaffOut:
    """The person who calls, their merchant, and their roles."""
    merchant = await Merchant.get(id=caller.merchant_id)
    return {
        "actor": caller.actor or "unknown",
        "merchant": merchant.name,
        "roles": sorted(caller.roles),
    }
