"""UPI ids at Juspay: whether one exists, and whose it is at the bank."""

from pydantic import SecretStr

from payment_engine.domain.gateway import Unknown, VpaFacts
from payment_engine.gateways.juspay.tables import ERROR_FIELDS
from payment_engine.gateways.juspay.wire import JuspayWire, accepted, codes
from payment_engine.gateways.reading import text

_MALFORMED = frozenset({"INVALID_INPUT", "INVALID_REQUEST", "Bad Request", "Invalid Request"})
_VERDICTS = {"VALID": True, "INVALID": False}
_NO_NAMES = frozenset({"verified", "valid", "na", "n/a", "null"})
"""Juspay says one of these where the bank tells no name (UPI-8)."""


async def verify(api: JuspayWire, merchant_id: str, vpa: SecretStr) -> VpaFacts:
    """``POST /v2/upi/verify-vpa``; raises Unknown for an answer that is neither yes nor no.

    An id that Juspay calls malformed cannot be paid with there: it is not valid.
    """
    form = {"vpa": vpa.get_secret_value(), "merchant_id": merchant_id}
    answer = await api.send("verify_vpa", "POST", "/v2/upi/verify-vpa", "", ERROR_FIELDS, form)
    if answer.status == 400 and codes(answer) & _MALFORMED:
        return VpaFacts(valid=False)
    said = accepted(answer)
    valid = _VERDICTS.get(text(said, "status") or "")
    if valid is None:
        raise Unknown("a UPI id that is neither valid nor invalid")
    name = (text(said, "customer_name") or "").strip()
    told = valid and name and name.casefold() not in _NO_NAMES
    return VpaFacts(valid=valid, name=name if told else None)
