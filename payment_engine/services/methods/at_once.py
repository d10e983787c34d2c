"""Which way to pay a checkout starts by itself: the UPI QR code, on a computer, once a payment."""

from payment_engine.domain.gateway import Platform
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import PaymentStatus
from payment_engine.services.documents.methods import MethodOut
from payment_engine.services.methods.availability import Availability


def starts_at_once(
    items: list[MethodOut], recommended: list[MethodOut], available: Availability
) -> str | None:
    """The id of the item that the checkout starts before the customer has chosen one, if any.

    Only before the first attempt, and only if all is well with it: nothing that the customer saved
    or used comes before it, and its gateways are up, so that it is never a probe.
    """
    context = available.context
    untried = context.status == PaymentStatus.OPEN and context.failed is None
    if not untried or available.client.platform is not Platform.DESKTOP:
        return None
    familiar = [item["id"] for item in items if item["enabled"] and _is_familiar(item)]
    first = next((item["id"] for item in recommended if item["id"] in familiar), None)
    code = next((item for item in items if item["id"] == Method.UPI_QR), None)
    if code is None or not code["enabled"] or code["health"] != "up":
        return None
    return code["id"] if first == code["id"] or not familiar else None


def _is_familiar(item: MethodOut) -> bool:
    """Whether the customer saved it, prefers it, or has paid with it before."""
    return bool(item["used"] or item["instrument_id"] or item["group"] == "saved")
