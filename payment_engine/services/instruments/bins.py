"""What a card's first digits show: fetched from a gateway once, then cached for a while."""

import re

from payment_engine.domain.callers import Caller
from payment_engine.domain.card_testing import network_of_address
from payment_engine.domain.cards import network_named, network_of
from payment_engine.domain.errors import InvalidRequest
from payment_engine.domain.gateway import CardFacts, GatewayFailure
from payment_engine.engine import Engine
from payment_engine.services.access.rates import Use, use_leased
from payment_engine.services.documents.instruments import CardFactsOut

_DIGITS = re.compile(r"[0-9]{6,9}")


async def card_facts(engine: Engine, caller: Caller, digits: str, ip: str | None) -> CardFactsOut:
    """A gateway's facts about a card's first 6 to 9 digits, or those of our table of prefixes.

    Raises InvalidRequest for anything else, since more digits could be a whole card number; and
    TooManyRequests: who has a list of card numbers learns from look-ups which are worth a try.
    """
    if not _DIGITS.fullmatch(digits):
        raise InvalidRequest(
            "send the first 6 to 9 digits of a card",
            errors=[{"pointer": "/digits", "message": "must be the first 6 to 9 digits of a card"}],
        )
    _count_look_up(engine, caller, ip)
    known = await _cached_facts(engine, digits)
    facts = known or CardFacts()
    network = network_named(facts.network or "") or network_of(digits)
    return {
        "network": facts.network or (network.name if network else None),
        "kind": facts.kind,
        "issuer": facts.issuer,
        "country": facts.country,
        "tokenizable": facts.tokenizable,
        "lengths": list(network.lengths) if network else [],
        "cvv_length": network.cvv if network else None,
        "source": "gateway" if known else "prefix",
    }


def _count_look_up(engine: Engine, caller: Caller, ip: str | None) -> None:
    """By token and by address; a shop's own key has no limit."""
    if caller.kind == "service":
        return
    settings = engine.settings
    token = caller.payment_id or ":".join(caller.customer)
    address = network_of_address(ip) or "unknown"
    use_leased(
        engine,
        Use("bin look-up by token", token, settings.bin_lookups_per_token),
        Use("bin look-up by address", address, settings.bin_lookups_per_address),
    )


async def _cached_facts(engine: Engine, digits: str) -> CardFacts | None:
    facts = engine.card_facts.get(digits)
    if facts is None and (facts := await _fetch_facts(engine, digits)):
        engine.card_facts[digits] = facts
    return facts


async def _fetch_facts(engine: Engine, digits: str) -> CardFacts | None:
    """The answer of the first gateway that gives one."""
    for gateway in engine.open_gateways.values():
        if gateway.supports("card_facts"):
            try:
                return await gateway.card_facts(digits)
            except GatewayFailure:
                continue
    return None
