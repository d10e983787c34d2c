"""UPI ids at Paytm."""

from pydantic import SecretStr

from payment_engine.domain.gateway import Unknown, VpaFacts
from payment_engine.gateways.paytm.messages import VpaAnswer
from payment_engine.gateways.paytm.wire import PaytmRequest, PaytmWire


async def verify(api: PaytmWire, vpa: SecretStr) -> VpaFacts:
    """Whether a UPI id exists.

    For one that does not, Paytm answers with a success and ``valid`` false, or with a refusal.
    """
    request = PaytmRequest(
        operation="verify_vpa",
        path="/theia/api/v1/vpa/validate",
        body={"vpa": vpa.get_secret_value()},
    )
    answer = await api.send_without_order(request, VpaAnswer)
    answer.require_accepted()
    if answer.valid is None:
        raise Unknown("a UPI id that is neither valid nor invalid")
    return VpaFacts(valid=answer.valid, name=answer.name or answer.payer_name)
