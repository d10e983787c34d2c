"""What Paytm tells about the first digits of a card."""

from payment_engine.domain.cards import network_named
from payment_engine.domain.gateway import CardFacts, Refused
from payment_engine.gateways.paytm.messages import BinAnswer
from payment_engine.gateways.paytm.tables import NETWORKS, UNKNOWN_BIN
from payment_engine.gateways.paytm.wire import PaytmRequest, PaytmWire


async def facts(api: PaytmWire, digits: str) -> CardFacts | None:
    """What the first digits tell; None for digits that Paytm does not know."""
    answer = await api.send_without_order(_request(digits), BinAnswer)
    if answer.code == UNKNOWN_BIN:
        return None
    detail = answer.require_accepted().bin_detail
    network = network_named(NETWORKS.get(detail.channel_code, detail.channel_code))
    return CardFacts(
        network=network.name if network else None,
        kind=(detail.payment_mode or "").partition("_")[0].lower() or None,
        issuer=detail.issuing_bank,
        country="IN" if detail.is_indian else None,
    )


async def payment_mode(api: PaytmWire, ref: str, token: str, digits: str) -> str:
    """The payment mode of a card that passes through us; raises Refused for one not taken."""
    answer = await api.send_in_order(_request(digits, ref), token, BinAnswer)
    mode = answer.require_accepted().bin_detail.payment_mode
    if mode is None:
        raise Refused("no_payment_mode", "neither a credit nor a debit card", certain=True)
    return mode


def _request(digits: str, order_id: str | None = None) -> PaytmRequest:
    return PaytmRequest(
        operation="card_facts",
        path="/theia/api/v1/fetchBinDetail",
        body={"bin": digits},
        order_id=order_id,
    )
