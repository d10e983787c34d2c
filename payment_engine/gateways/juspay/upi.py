"""UPI ids at Juspay: whether one exists, and whose it is at the bank."""

from pydantic import SecretStr

from payment_engine.domain.gateway import Unknown, VpaFacts
from payment_engine.gateways.juspay.messages import VpaVerdict
from payment_engine.gateways.juspay.tables import ERROR_FIELDS, WRONG_SETUP
from payment_engine.gateways.juspay.wire import (
    JuspayRequest,
    JuspayWire,
    accepted,
    failure_codes,
)

_MALFORMED = frozenset({"INVALID_INPUT", "INVALID_REQUEST", "Bad Request", "Invalid Request"})
_VERDICTS = {"VALID": True, "INVALID": False}
_NO_NAMES = frozenset({"verified", "valid", "na", "n/a", "null"})
"""What Juspay puts in the name's field where the bank gives no name."""


async def verify(api: JuspayWire, merchant_id: str, vpa: SecretStr, customer_ref: str) -> VpaFacts:
    """``POST /v2/upi/verify-vpa``; raises Unknown for an answer that is neither yes nor no.

    An id that Juspay calls malformed cannot be charged there: it is not valid.
    """
    request = JuspayRequest(
        operation="verify_vpa",
        method="POST",
        path="/v2/upi/verify-vpa",
        customer_ref=customer_ref,
        allow=ERROR_FIELDS,
        form={"vpa": vpa.get_secret_value(), "merchant_id": merchant_id},
    )
    answer = await api.send(request)
    if answer.status == 400 and failure_codes(answer) & _MALFORMED:
        return VpaFacts(valid=False)
    verdict = accepted(answer, VpaVerdict, WRONG_SETUP)
    valid = _VERDICTS.get(verdict.status or "")
    if valid is None:
        raise Unknown("a UPI id that is neither valid nor invalid")
    name = (verdict.customer_name or "").strip()
    is_name = valid and name and name.casefold() not in _NO_NAMES
    return VpaFacts(valid=valid, name=name if is_name else None)
