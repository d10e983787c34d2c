"""What a card's first digits tell: asked of a gateway once, then remembered for a while (CRD-1)."""

import re

from payment_engine.domain.cards import network_named, network_of
from payment_engine.domain.errors import InvalidRequest
from payment_engine.domain.gateway import CardFacts, GatewayFailure
from payment_engine.engine import Engine
from payment_engine.services.documents.instruments import CardFactsOut

_DIGITS = re.compile(r"[0-9]{6,9}")


async def card_facts(engine: Engine, digits: str) -> CardFactsOut:
    """The gateway's facts, or the prefix table's where none answers; 6 to 9 digits.

    Raises InvalidRequest for anything else: more digits would be a card number's business.
    """
    if not _DIGITS.fullmatch(digits):
        places = [{"pointer": "/digits", "message": "must be the first 6 to 9 digits of a card"}]
        raise InvalidRequest("send the first 6 to 9 digits of a card", errors=places)
    told = await _asked(engine, digits)
    hint = network_of(digits)
    facts = told or CardFacts()
    network = network_named(facts.network or "") or hint
    return {
        "network": facts.network or (network.name if network else None),
        "kind": facts.kind,
        "issuer": facts.issuer,
        "country": facts.country,
        "tokenizable": facts.tokenizable,
        "lengths": list(network.lengths) if network else [],
        "cvv_length": network.cvv if network else None,
        "source": "gateway" if told else "prefix",
    }


async def _asked(engine: Engine, digits: str) -> CardFacts | None:
    known = engine.card_facts.get(digits)
    if known is None and (known := await _ask(engine, digits)):
        engine.card_facts[digits] = known
    return known


async def _ask(engine: Engine, digits: str) -> CardFacts | None:
    for gateway in engine.gateways.values():
        if gateway.supports("card_facts"):
            try:
                return await gateway.card_facts(digits)
            except GatewayFailure:
                continue
    return None
